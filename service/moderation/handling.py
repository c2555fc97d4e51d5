"""What moderators do with what waits before they decide: claim it, release it, put it off."""

from datetime import datetime

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, invalid
from service.moderation import queries_desk as queries
from service.moderation.models import Handling
from service.moderation.waiting import CLAIM, EXPIRY
from service.publications.actions import standing
from service.publications.models import Publication


def handling_of(uow: UnitOfWork, publication: Publication) -> Handling:
    """Return how *publication* fares; made if nobody has touched it."""
    found = queries.handling(uow.session, publication.id)
    if found is None:
        found = Handling(publication_id=publication.id)
        uow.session.add(found)
        uow.session.flush()
    return found


def claim(uow: UnitOfWork, public_id: str, seen: str) -> Publication:
    """Tell the others that one is at it: for half an hour they leave it alone.

    Somebody else's claim is taken over: a claim is a word, no lock. Raises `NotFound`, `Conflict`.
    """
    publication = standing(uow, public_id, seen)
    row = handling_of(uow, publication)
    row.claimed_by, row.claimed_at = uow.by, uow.now
    record(uow, "publication.claimed", f"publication:{public_id}")
    return publication


def release(uow: UnitOfWork, public_id: str, seen: str) -> Publication:
    """Give up a claim; raises `NotFound`, `Conflict`."""
    publication = standing(uow, public_id, seen)
    _unclaim(handling_of(uow, publication))
    record(uow, "publication.released", f"publication:{public_id}")
    return publication


def defer(
    uow: UnitOfWork, public_id: str, seen: str, until: datetime, comment: str = ""
) -> Publication:
    """Put a decision off: nobody is reminded before *until*.

    Raises `NotFound`, `Conflict`, and `Invalid` for a moment that is past or too late.
    """
    publication = standing(uow, public_id, seen)
    if until <= uow.now:
        raise invalid("/until", "choose a moment ahead", "past")
    if until >= min(publication.expires_at, uow.now + EXPIRY):
        raise invalid("/until", "choose a moment before it expires, within 7 days", "too_far")
    row = handling_of(uow, publication)
    _unclaim(row)
    row.held_until, row.held_why, row.reminders = until, comment, 0
    record(
        uow,
        "publication.deferred",
        f"publication:{public_id}",
        until=until.isoformat(),
        comment=comment,
    )
    return publication


def check_claim(uow: UnitOfWork, publication: Publication) -> None:
    """Raise `Conflict` (`claimed`) where somebody else is at it."""
    row = queries.handling(uow.session, publication.id)
    if row and is_claimed(row, uow.now) and row.claimed_by != uow.by:
        raise Conflict("somebody else has claimed it: claim it first", code="claimed")


def check_rewriting(uow: UnitOfWork, publication: Publication) -> None:
    """Raise as `check_claim`, but for authors: their own words are theirs while they are held."""
    if publication.submitted_by != uow.by:
        check_claim(uow, publication)


def is_claimed(row: Handling, now: datetime) -> bool:
    """Whether somebody is at it: a claim that nobody acts on ends by itself."""
    return row.claimed_at is not None and row.claimed_at + CLAIM > now


def yield_to_others(uow: UnitOfWork, publication: Publication) -> None:
    """Let go of what one was at and has had one's say about: others must agree as well."""
    _unclaim(handling_of(uow, publication))


def _unclaim(row: Handling) -> None:
    row.claimed_by, row.claimed_at = "", None
