"""Tells an endpoint again what it missed, or all of a span, or only how things stand now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, invalid
from service.queue import Actor
from service.webhooks import queries, queries_replay
from service.webhooks.models import Endpoint, Notice
from service.webhooks.queries_replay import Told

MOST = 5000


class Which(StrEnum):
    """What of a span is told again."""

    MISSING = "missing"  # what it never took
    ALL = "all"
    LATEST = "latest"  # the newest word of each event: how things stand


@dataclass(frozen=True, slots=True)
class Wish:
    """What to tell again: *which* of [since, until), of some types only, if given."""

    since: datetime
    until: datetime
    which: Which = Which.MISSING
    types: tuple[str, ...] = ()


def chosen(session: Session, endpoint: Endpoint, wish: Wish) -> Sequence[Told]:
    """Return what *wish* comes to, oldest first; raises `Invalid`. Changes nothing."""
    if wish.since >= wish.until:
        raise invalid("/since", "is not before until", "order")
    told = [
        *queries_replay.deliveries(session, endpoint.address_id, wish.since, wish.until, MOST + 1),
        *queries_replay.states(session, endpoint.address_id, wish.since, wish.until, MOST + 1),
    ]
    if len(told) > MOST:
        raise invalid("/since", f"that is more than {MOST}: choose a shorter span", "too_many")
    found = sorted(told, key=lambda each: each.started_at)
    found = [each for each in found if not wish.types or each.kind in wish.types]
    if wish.which is Which.MISSING:
        return [each for each in found if not each.was_taken]
    if wish.which is Which.LATEST:
        newest = {each.subject: each for each in sorted(found, key=lambda told: told.sequence)}
        return sorted(newest.values(), key=lambda told: told.started_at)
    return found


def replay(uow: UnitOfWork, endpoint: Endpoint, wish: Wish) -> int:
    """Tell the endpoint again what *wish* names, under the ids of then; return how many."""
    found = chosen(uow.session, endpoint, wish)
    if queries.waiting_notices(uow.session, endpoint.address_id):
        raise Conflict("an earlier replay is still under way", code="under_way")
    uow.session.add_all(
        Notice(
            address_id=endpoint.address_id,
            parcel=each.parcel,
            kind=each.kind,
            publication_id=each.publication_id,
            content=each.content,
            due_at=uow.now,
        )
        for each in found
    )
    record(
        uow,
        "endpoint.replayed",
        f"endpoint:{endpoint.public_id}",
        count=len(found),
        which=wish.which,
    )
    uow.enqueue(Actor.NOTIFY, "webhook")
    return len(found)
