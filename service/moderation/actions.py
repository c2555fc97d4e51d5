"""What a moderator can decide, and what becomes of what nobody decided."""

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Forbidden, NotFound, invalid
from service.moderation import queries_desk
from service.moderation.agreeing import agree, check_duty
from service.moderation.approving import check as check_leaving
from service.moderation.approving import leave
from service.moderation.handling import check_claim, handling_of, yield_to_others
from service.moderation.waiting import EXPIRY
from service.publications import queries
from service.publications.actions import decide, standing
from service.publications.models import Publication, PublicationState


def approve(
    uow: UnitOfWork,
    public_id: str,
    seen_hash: str,
    comment: str = "",
    undo_minutes: float = 0.0,
) -> Publication:
    """Let a held publication leave: its rollout begins once enough have approved.

    Where the rules ask for more approvals it stays held. *seen_hash* is the hash of what the
    moderator saw; nothing leaves for *undo_minutes* (0 to 5) after the last approval, or longer
    where the plan or somebody else who approved says so.

    Raises `NotFound`; `Forbidden` where others look after it; and `Conflict` where it was decided
    already (`already_decided`), is not what was seen (`changed`), is claimed by somebody else
    (`claimed`), one's own (`own_work`), approved by the same person before (`agreed_already`), too
    old (`expired`), or a message that nobody would get (`empty_audience`): an event is shown on its
    page all the same.
    """
    publication = _at_hand(uow, public_id, seen_hash)
    check_leaving(uow, publication)
    agreement = agree(uow, publication, comment, undo_minutes)
    if not agreement.is_enough:
        yield_to_others(uow, publication)
        record(
            uow,
            "publication.agreed",
            f"publication:{public_id}",
            hash=publication.hash,
            comment=comment,
        )
        return publication
    if agreement.needs_review:
        handling_of(uow, publication).review_since = uow.now
    return leave(uow, publication, comment, agreement.undo_minutes)


def reject(uow: UnitOfWork, public_id: str, seen_hash: str, comment: str) -> Publication:
    """Refuse a held publication; its author is told why. Raises as `approve`, and `Invalid`."""
    if not comment.strip():
        raise invalid("/comment", "say why: the author reads it", "missing")
    _at_hand(uow, public_id, seen_hash)
    return decide(uow, public_id, PublicationState.REJECTED, seen_hash, comment)


def discard(uow: UnitOfWork, public_id: str, seen_hash: str, comment: str = "") -> Publication:
    """Drop a held publication without a word to its author. Raises as `approve`."""
    _at_hand(uow, public_id, seen_hash)
    return decide(uow, public_id, PublicationState.DISCARDED, seen_hash, comment)


def withdraw(uow: UnitOfWork, public_id: str, comment: str = "") -> Publication:
    """Take back one's own publication while it is held.

    Raises `NotFound`, `Conflict`, and `Forbidden` for what somebody else submitted.
    """
    publication = queries.for_decision(uow.session, public_id)
    if publication is None:
        raise NotFound(f"there is no publication {public_id}")
    if publication.submitted_by != uow.by:
        raise Forbidden("only whoever submitted it may withdraw it", code="not_yours")
    return decide(uow, public_id, PublicationState.WITHDRAWN, publication.hash, comment)


def review(uow: UnitOfWork, public_id: str, comment: str) -> Publication:
    """Say afterwards what one thinks of what left in a hurry.

    Raises `NotFound`, `Invalid`, and `Conflict` where there is nothing to review or one let it
    leave oneself (`own_work`).
    """
    publication = queries.for_decision(uow.session, public_id)
    if publication is None:
        raise NotFound(f"there is no publication {public_id}")
    row = handling_of(uow, publication)
    if row.review_since is None or row.reviewed_at is not None:
        raise Conflict("there is nothing to review", code="no_review")
    if uow.by in (publication.decided_by, publication.submitted_by):
        raise Conflict("somebody else must review it", code="own_work")
    if not comment.strip():
        raise invalid("/comment", "say what you think of it", "missing")
    row.reviewed_at, row.reviewed_by, row.review = uow.now, uow.by, comment
    record(uow, "publication.reviewed", f"publication:{public_id}", comment=comment)
    return publication


def expire(uow: UnitOfWork) -> int:
    """End what is past its expiry or was left alone for 7 days; return how many that were."""
    late = queries_desk.overdue(uow.session, uow.now, uow.now - EXPIRY)
    for publication in late:
        handling_of(uow, publication)  # whose sake moderators and author are told
        decide(uow, publication.public_id, PublicationState.EXPIRED, publication.hash)
    return len(late)


def _at_hand(uow: UnitOfWork, public_id: str, seen_hash: str) -> Publication:
    publication = standing(uow, public_id, seen_hash)
    check_duty(uow, publication)
    check_claim(uow, publication)
    handling_of(uow, publication)
    return publication
