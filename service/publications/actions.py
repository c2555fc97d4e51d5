"""What can be done with a publication before it leaves."""

from dataclasses import dataclass, replace
from datetime import datetime

from channels.base import Message
from service.audit.actions import record
from service.db.base import new_public_id
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, NotFound
from service.publications import queries
from service.publications.freezing import digest, freeze
from service.publications.models import (
    Publication,
    PublicationList,
    PublicationState,
    Purpose,
    Urgency,
)
from service.publications.plans import Plan
from service.subscribers.audience import Audience


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants sent; id, sequence and date of *message* are given when it is frozen."""

    purpose: Purpose
    message: Message
    audience: Audience
    plan: Plan
    urgency: Urgency
    expires_at: datetime


def hold(uow: UnitOfWork, draft: Draft) -> Publication:
    """Freeze *draft* and hold it for a moderator."""
    publication = _freeze(uow, draft)
    record(uow, "publication.held", f"publication:{publication.public_id}", hash=publication.hash)
    return publication


def pass_straight(uow: UnitOfWork, draft: Draft) -> Publication:
    """Freeze *draft* as approved: for confirmations and staff mail, which nobody moderates."""
    publication = _freeze(uow, draft)
    publication.state = PublicationState.APPROVED
    publication.decided_at, publication.decided_by = uow.now, uow.by
    return publication


def decide(
    uow: UnitOfWork, public_id: str, verdict: PublicationState, seen: str, comment: str = ""
) -> Publication:
    """Take a held publication out of the queue with *verdict*.

    *seen* is the hash of what the decider saw. Raises `NotFound`; `Conflict` where it was decided
    already, or is no longer what was seen.
    """
    publication = standing(uow, public_id, seen)
    publication.state = verdict
    publication.decided_at, publication.decided_by = uow.now, uow.by
    publication.comment = comment
    record(
        uow,
        f"publication.{verdict}",
        f"publication:{public_id}",
        hash=publication.hash,
        comment=comment,
    )
    return publication


def standing(uow: UnitOfWork, public_id: str, seen: str) -> Publication:
    """Return a publication that is held as it was *seen*, locked; raises as `decide`."""
    publication = queries.for_decision(uow.session, public_id)
    if publication is None:
        raise NotFound(f"there is no publication {public_id}")
    if publication.state is not PublicationState.HELD:
        raise Conflict(f"already {publication.state}", code="already_decided")
    if seen != publication.hash:
        raise Conflict("it was changed since you read it: read it again", code="changed")
    return publication


def reopen(uow: UnitOfWork, publication: Publication, comment: str = "") -> None:
    """Hold an approved publication again, as it was: of what was approved nothing has left."""
    publication.state = PublicationState.HELD
    publication.decided_at, publication.decided_by, publication.comment = None, "", ""
    record(
        uow,
        "publication.reopened",
        f"publication:{publication.public_id}",
        hash=publication.hash,
        comment=comment,
    )


def _freeze(uow: UnitOfWork, draft: Draft) -> Publication:
    public_id = new_public_id()
    sequence = queries.last_sequence(uow.session, draft.message.subject) + 1
    content = freeze(replace(draft.message, id=public_id, sequence=sequence, published_at=uow.now))
    audience, plan = draft.audience.to_json(), draft.plan.to_json()
    publication = Publication(
        public_id=public_id,
        purpose=draft.purpose,
        state=PublicationState.HELD,
        subject=draft.message.subject,
        sequence=sequence,
        category=draft.message.category,
        urgency=draft.urgency,
        content=content,
        audience=audience,
        plan=plan,
        hash=digest(content, audience, plan),
        submitted_by=uow.by,
        created_at=uow.now,
        expires_at=draft.expires_at,
    )
    uow.session.add(publication)
    uow.session.flush()
    uow.session.add_all(
        PublicationList(publication_id=publication.id, list_id=list_id)
        for list_id in draft.audience.lists
    )
    return publication
