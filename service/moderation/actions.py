"""What a moderator can decide, and what becomes of what nobody decided."""

from service.db.unit_of_work import UnitOfWork
from service.errors import Forbidden, NotFound, invalid
from service.moderation.approving import check
from service.publications import queries
from service.publications.actions import decide
from service.publications.models import Publication, PublicationState
from service.rollouts.actions import begin


def approve(uow: UnitOfWork, public_id: str, seen_hash: str, comment: str = "") -> Publication:
    """Let a held publication leave: its rollout begins.

    *seen_hash* is the hash of what the moderator saw. Raises `NotFound`, and `Conflict`
    where it was decided already (`already_decided`), is not what was seen (`changed`), is too old
    (`expired`), or is
    a message that nobody would get (`empty_audience`): an event is shown on its page all the same.
    """
    publication = decide(uow, public_id, PublicationState.APPROVED, seen_hash, comment)
    check(uow, publication)
    begin(uow, publication)
    return publication


def reject(uow: UnitOfWork, public_id: str, seen_hash: str, comment: str) -> Publication:
    """Refuse a held publication; its author is told why. Raises as `approve`, and `Invalid`."""
    if not comment.strip():
        raise invalid("/comment", "say why: the author reads it", "missing")
    return decide(uow, public_id, PublicationState.REJECTED, seen_hash, comment)


def discard(uow: UnitOfWork, public_id: str, seen_hash: str, comment: str = "") -> Publication:
    """Drop a held publication without a word to its author. Raises as `approve`."""
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


def expire(uow: UnitOfWork) -> int:
    """End what was held past its expiry; return how many publications that were."""
    late = queries.held_past(uow.session, uow.now)
    for publication in late:
        decide(uow, publication.public_id, PublicationState.EXPIRED, publication.hash)
    return len(late)
