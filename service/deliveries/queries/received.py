"""Rolling caps: a ring of the last messages each capped address got."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    SmallInteger,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session

from service.db.arrays import table_of
from service.db.base import Instant
from service.db.upsert import upsert
from service.deliveries.models import Received
from service.subscribers.models import Address, Subscriber


class Capped(NamedTuple):
    """Somebody who wants at most *most* messages since *since*."""

    n: int
    address_id: int
    most: int
    since: datetime


def take_places(
    session: Session, rollout_id: int, people: Sequence[Capped], now: datetime
) -> frozenset[int]:
    """Take a place in the ring of each of *people* who is not over the cap; return their n.

    Asked again for the same message it takes no second place. The addresses are locked first, in
    order: two rollouts that write to one person at once count each other.
    """
    addresses = sorted({each.address_id for each in people})
    if not addresses:
        return frozenset()
    session.execute(
        select(Address.id)
        .where(Address.id.in_(addresses))
        .order_by(Address.id)
        .with_for_update(key_share=True)
    )
    rings = defaultdict[int, list[Received]](list)
    for place in session.scalars(
        select(Received)
        .where(Received.address_id.in_(addresses))
        .order_by(Received.address_id, Received.at, Received.place)
        .execution_options(populate_existing=True)
    ):
        rings[place.address_id].append(place)
    taken: dict[int, tuple[int, int]] = {}
    granted = set[int]()
    for each in people:
        ring = rings[each.address_id]
        if any((place.rollout_id, place.n) == (rollout_id, each.n) for place in ring):
            granted.add(each.n)
        elif sum(place.at > each.since for place in ring) < each.most:
            taken[each.n] = (each.address_id, _place(ring, each.most))
            granted.add(each.n)
    _write(session, rollout_id, taken, now)
    return frozenset(granted)


def over_cap(session: Session, at: datetime) -> ColumnElement[bool]:
    """Whether an address (joined to its subscriber) has had at *at* as many messages as it may."""
    lengths = session.scalars(
        select(Subscriber.cap_hours).where(Subscriber.cap_hours.is_not(None)).distinct()
    )
    return or_(
        false(),
        *(
            and_(Subscriber.cap_hours == hours, Subscriber.cap_most <= _had(at, hours))
            for hours in lengths
            if hours is not None
        ),
    )


def _had(at: datetime, hours: int) -> ColumnElement[int]:
    """How many messages an address got in the *hours* before *at*."""
    return (
        select(func.count())
        .where(Received.address_id == Address.id, Received.at > at - timedelta(hours=hours))
        .correlate(Address)
        .scalar_subquery()
    )


def _place(ring: Sequence[Received], most: int) -> int:
    """A new place while the ring is short, else the oldest."""
    used = {place.place for place in ring}
    return len(used) if len(used) < most else ring[0].place


def _write(
    session: Session, rollout_id: int, taken: dict[int, tuple[int, int]], now: datetime
) -> None:
    if not taken:
        return
    addresses, places = zip(*taken.values(), strict=True)
    given = table_of(
        session,
        {
            "n": (BigInteger(), list(taken)),
            "address_id": (BigInteger(), addresses),
            "place": (SmallInteger(), places),
        },
    )
    insert = upsert(session, Received)
    source = select(
        given.c.address_id,
        given.c.place,
        bindparam("taken_at", now, type_=Instant()),
        bindparam("by_rollout", rollout_id, type_=BigInteger()),
        given.c.n,
    ).where(true())
    names = ["address_id", "place", "at", "rollout_id", "n"]
    statement = insert.from_select(names, source)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["address_id", "place"],
            set_={name: statement.excluded[name] for name in ("at", "rollout_id", "n")},
        )
    )
