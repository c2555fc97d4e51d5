"""Lets a held publication leave, for whatever reason it may."""

from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict
from service.launches.standing import blocking
from service.moderation.agreeing import rules
from service.moderation.queries_desk import policy
from service.publications.actions import decide
from service.publications.freezing import is_as_approved
from service.publications.models import Publication, PublicationState
from service.rollouts.actions import begin
from service.subscribers.audience import Audience
from service.subscribers.queries_audience import size


def leave(
    uow: UnitOfWork, publication: Publication, comment: str, undo_minutes: float = 0.0
) -> Publication:
    """Approve a held publication as it is and begin its rollout, *undo_minutes* from now at least.

    Raises `Conflict` where it is too old (`expired`), or is a message that nobody would get
    (`empty_audience`): an event is shown on its page all the same.
    """
    check(uow, publication)
    decide(uow, publication.public_id, PublicationState.APPROVED, publication.hash, comment)
    rollout = begin(uow, publication)
    rollout.four_eyes = rules(policy(uow.session)).four_eyes
    rollout.undo_minutes = undo_minutes
    return publication


def check(uow: UnitOfWork, publication: Publication) -> None:
    """Raise `Conflict` where a publication could not leave.

    `changed`, `expired`, `empty_audience`, or `launch_not_ready`: its launch plan still blocks it.
    """
    if not is_as_approved(publication):
        raise Conflict("it is not what its hash says", code="changed")
    if publication.expires_at <= uow.now:
        raise Conflict("its time has passed: it can only be rejected", code="expired")
    audience = Audience.from_json(publication.audience)
    if not audience.pages and not size(uow.session, audience):
        raise Conflict("nobody would get it: its lists have no members", code="empty_audience")
    if missing := blocking(uow.session, publication):
        words = ", ".join(missing)
        raise Conflict(f"its launch plan is not ready: {words}", code="launch_not_ready")
