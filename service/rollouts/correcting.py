"""Corrects what went out wrong: a message of its own to those it reached, and to nobody else."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from channels.base import Message
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Invalid
from service.publications.actions import Draft, hold
from service.publications.freezing import thaw
from service.publications.models import Publication, Purpose, Urgency
from service.publications.plans import URGENT, Plan
from service.publications.texts import texts, unpaired
from service.rollouts.actions import abort
from service.rollouts.deciding import decided
from service.rollouts.finding import locked_rollout
from service.rollouts.models import OVER, DecisionKind, Rollout
from service.rollouts.queries.reached import freeze_reached
from service.subscribers.audience import Audience

LASTS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class CorrectionWish:
    """What is to be said, by language, and why.

    *aborts* what still leaves; *retracts* the message where it can be: pages, feeds, endpoints.
    """

    title: Mapping[str, str]
    body: Mapping[str, str]
    comment: str = ""
    aborts: bool = False
    retracts: bool = False


def correct(uow: UnitOfWork, public_id: str, wish: CorrectionWish) -> Publication:
    """Hold a correction of a rollout for a moderator; return it.

    It goes to exactly those the rollout reached or may have reached, each on the thread of their
    own message, once nothing of it is in flight any more. Raises `NotFound`, `Invalid`, and
    `Conflict` where the rollout still runs (`still_running`), reached nobody (`nobody_reached`)
    or was no message to many (`not_bulk`).
    """
    rollout = locked_rollout(uow, public_id)
    publication = uow.session.get_one(Publication, rollout.publication_id)
    _check(publication, wish)
    if rollout.state not in OVER:
        if not wish.aborts:
            raise Conflict(
                "it still runs: abort it with its correction, or first", code="still_running"
            )
        abort(uow, public_id, wish.comment or "it is being corrected")
    if not freeze_reached(uow.session, rollout.id):
        raise Conflict("it reached nobody: there is nothing to correct", code="nobody_reached")
    if wish.retracts:
        retract(uow, rollout, wish.comment)
    held = hold(uow, _draft(uow, rollout, publication, wish))
    words = f"publication {held.public_id}: {wish.comment}".rstrip(": ")
    decided(uow, rollout, DecisionKind.CORRECT, comment=words)
    return held


def retract(uow: UnitOfWork, rollout: Rollout, comment: str) -> None:
    """Take a message off pages and feeds; those who have it by mail need a correction."""
    publication = uow.session.get_one(Publication, rollout.publication_id)
    if publication.retracted_at is None:
        publication.retracted_at = uow.now
        decided(uow, rollout, DecisionKind.RETRACT, comment=comment)


def _check(publication: Publication, wish: CorrectionWish) -> None:
    if publication.purpose is not Purpose.BULK:
        raise Conflict("only what went to many is corrected", code="not_bulk")
    if faults := list(unpaired(wish.title, wish.body)):
        raise Invalid(faults)


def _draft(
    uow: UnitOfWork, rollout: Rollout, publication: Publication, wish: CorrectionWish
) -> Draft:
    # A subject of its own: it must not make anybody miss a newer message about the same thing.
    return Draft(
        purpose=Purpose.BULK,
        message=replace(
            _message(publication, wish), subject=f"correction:{rollout.public_id}", sequence=0
        ),
        audience=replace(Audience.from_json(publication.audience), reached=rollout.id),
        plan=_plan(publication),
        urgency=max(publication.urgency, Urgency.IMPORTANT),
        expires_at=uow.now + LASTS,
    )


def _message(publication: Publication, wish: CorrectionWish) -> Message:
    wrong = thaw(publication.content)
    kind = wrong.type.partition(".")[0]
    return replace(
        wrong,
        type=f"{kind}.retracted" if wish.retracts else f"{kind}.corrected",
        texts=texts(wish.title, wish.body),
    )


def _plan(publication: Publication) -> Plan:
    """All at once: with every hour, more people act on what is wrong."""
    zone, growth = publication.plan["fallback_zone"], {"kind": "percent", "steps": [100]}
    return URGENT.model_copy(update={"fallback_zone": zone, "growth": growth})
