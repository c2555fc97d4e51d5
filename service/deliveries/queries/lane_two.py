"""Single messages: claimed fairly, marked and settled one by one."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Integer,
    and_,
    delete,
    exists,
    func,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session, aliased

from service.db.arrays import table_of
from service.db.base import Instant
from service.db.clock import database_seconds
from service.db.upsert import upsert
from service.deliveries.models import Delivery, LaneTwo, Outcome, Slice
from service.publications.models import Urgency
from service.subscribers.models import Address

_ADDED = (
    "rollout_id",
    "n",
    "slice_id",
    "channel",
    "lane",
    "address_id",
    "urgency",
    "due_at",
    "hold_until",
    "attempt",
)


class Again(NamedTuple):
    """Somebody of a rollout who is to be tried (again) in lane two."""

    n: int
    attempt: int
    due_at: datetime  # plan's clock
    hold_seconds: float = 0.0  # database's clock: not before


def candidates(
    session: Session,
    channel: str,
    now: datetime,
    urgency: int,
    most: int,
    *,
    besides: Collection[str] = (),
) -> Sequence[tuple[LaneTwo, Slice]]:
    """What of one *urgency* is due on *channel*, the oldest first, locked; no lane of *besides*.

    Whoever has an attempt under way waits for its end.
    """
    under_way = aliased(LaneTwo)
    statement = (
        select(LaneTwo, Slice)
        .join(Slice, Slice.id == LaneTwo.slice_id)
        .where(
            *_is_due(channel, now, urgency, besides),
            ~exists().where(
                under_way.address_id == LaneTwo.address_id, under_way.owner.is_not(None)
            ),
        )
        .order_by(LaneTwo.due_at)
        .limit(most)
        .with_for_update(of=LaneTwo, skip_locked=True)
    )
    return [(row, lane) for row, lane in session.execute(statement)]


def has_work(
    session: Session, channel: str, now: datetime, *, besides: Collection[str] = ()
) -> bool:
    """Is something due that somebody could claim; no lane of *besides*."""
    statements = (
        select(LaneTwo.id)
        .join(Slice, Slice.id == LaneTwo.slice_id)
        .where(*_is_due(channel, now, urgency, besides))
        .limit(1)
        for urgency in Urgency
    )
    return any(session.scalar(statement) is not None for statement in statements)


def mark(session: Session, rows: Sequence[LaneTwo], owner: str, lease: float) -> frozenset[int]:
    """Lease *rows* to *owner*; return the ids of those whose rollout has not been stopped.

    The rangeless slices are locked first: a pause that commits later waits for us, one that
    committed earlier is seen.
    """
    running = session.scalars(
        select(Slice.id)
        .where(Slice.id.in_({row.slice_id for row in rows}), Slice.ready)
        .order_by(Slice.id)
        .with_for_update()
    ).all()
    marked = session.scalars(
        update(LaneTwo)
        .where(
            LaneTwo.id.in_([row.id for row in rows]),
            LaneTwo.slice_id.in_(running),
            LaneTwo.owner.is_(None),
        )
        .values(owner=owner, lease_until=database_seconds() + lease)
        .returning(LaneTwo.id)
        .execution_options(synchronize_session=False)
    )
    return frozenset(marked)


def add(
    session: Session,
    lane: Slice,
    rows: Sequence[Again],
) -> None:
    """Put people of *lane*'s rollout into lane two; who is there already stays as they are."""
    if not rows:
        return
    numbers, attempts, dues, holds = zip(*rows, strict=True)
    given = table_of(
        session,
        {
            "n": (BigInteger(), numbers),
            "attempt": (Integer(), attempts),
            "due": (Instant(), dues),
            "hold": (Float(), holds),
        },
    )
    source = (
        select(
            Delivery.rollout_id,
            Delivery.n,
            literal(lane.id, BigInteger()),
            literal(lane.channel),
            Address.lane,
            Delivery.address_id,
            literal(lane.urgency),
            given.c.due,
            database_seconds() + given.c.hold,
            given.c.attempt,
        )
        .select_from(given)
        .join(Delivery, (Delivery.rollout_id == lane.rollout_id) & (Delivery.n == given.c.n))
        .join(Address, Address.id == Delivery.address_id)
        .where(true())
    )
    session.execute(upsert(session, LaneTwo).from_select(_ADDED, source).on_conflict_do_nothing())


def add_unramped(session: Session, lane: Slice, segment: int, now: datetime) -> None:
    """Put everybody of a segment outside the ramp into lane two, due now."""
    source = (
        select(
            Delivery.rollout_id,
            Delivery.n,
            literal(lane.id, BigInteger()),
            literal(lane.channel),
            Address.lane,
            Delivery.address_id,
            literal(lane.urgency),
            literal(now, Instant()),
            literal(0.0),
            literal(1),
        )
        .join(Address, Address.id == Delivery.address_id)
        .where(Delivery.rollout_id == lane.rollout_id, Delivery.segment == segment)
        .order_by(Delivery.n)
    )
    session.execute(upsert(session, LaneTwo).from_select(_ADDED, source).on_conflict_do_nothing())


def postpone(session: Session, row_id: int, due_at: datetime) -> None:
    """Offer a row just marked again at *due_at*: no attempt was made."""
    session.execute(
        update(LaneTwo)
        .where(LaneTwo.id == row_id)
        .values(owner=None, lease_until=None, due_at=due_at)
        .execution_options(synchronize_session=False)
    )


def remove(session: Session, rows: Sequence[int]) -> None:
    """Take rows just marked out of the lane: nobody is written to."""
    session.execute(
        delete(LaneTwo).where(LaneTwo.id.in_(rows)).execution_options(synchronize_session=False)
    )


def put_back(session: Session, row: LaneTwo, again: Again) -> bool:
    """Let a leased row be tried again later; False if the lease was lost."""
    return _settle(
        session,
        update(LaneTwo)
        .where(*_mine(row))
        .values(
            owner=None,
            lease_until=None,
            attempt=again.attempt,
            due_at=again.due_at,
            hold_until=database_seconds() + again.hold_seconds,
        ),
    )


def finish(session: Session, row: LaneTwo) -> bool:
    """Remove a leased row: nothing more to do; False if the lease was lost."""
    return _settle(session, delete(LaneTwo).where(*_mine(row)))


def drop_waiting(session: Session, rollout_id: int, numbers: Sequence[int]) -> frozenset[int]:
    """Take some people out of the lane unless their attempt is under way; return who was."""
    dropped = session.scalars(
        delete(LaneTwo)
        .where(
            LaneTwo.rollout_id == rollout_id,
            LaneTwo.n.in_(numbers),
            LaneTwo.owner.is_(None),
        )
        .returning(LaneTwo.n)
        .execution_options(synchronize_session=False)
    )
    return frozenset(dropped)


def is_in(session: Session, rollout_id: int, n: int) -> bool:
    """Is somebody in the lane."""
    where = (LaneTwo.rollout_id == rollout_id, LaneTwo.n == n)
    return session.scalar(select(LaneTwo.id).where(*where)) is not None


def empty(session: Session, rollout_id: int) -> int:
    """Take everybody of a rollout out of the lane whose attempt is not under way.

    Return of how many the last attempt may have arrived. Who was passed over in a batch that has
    not landed stays: should its worker be lost, only this row says that nobody wrote to them.
    """
    in_flight = exists().where(
        Slice.rollout_id == LaneTwo.rollout_id,
        Slice.n_lo <= LaneTwo.n,
        Slice.n_hi >= LaneTwo.n,
        Slice.settled_upto < LaneTwo.n,
    )
    emptied = and_(LaneTwo.rollout_id == rollout_id, LaneTwo.owner.is_(None), ~in_flight)
    doubtful = session.scalar(
        select(func.count())
        .select_from(LaneTwo)
        .join(Outcome, (Outcome.rollout_id == LaneTwo.rollout_id) & (Outcome.n == LaneTwo.n))
        .where(emptied, Outcome.attempt == LaneTwo.attempt - 1, Outcome.result == "unknown")
    )
    session.execute(delete(LaneTwo).where(emptied).execution_options(synchronize_session=False))
    return doubtful or 0


def expired_lease(session: Session) -> LaneTwo | None:
    """A row whose worker was not heard of for a whole lease, locked."""
    return session.scalar(
        select(LaneTwo)
        .where(LaneTwo.owner.is_not(None), LaneTwo.lease_until < database_seconds())
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def waiting(session: Session, rollout_id: int) -> tuple[int, int]:
    """How many of a rollout are being sent from the lane, and how many wait for another try."""
    again = func.count().filter(LaneTwo.owner.is_(None), LaneTwo.attempt > 1)
    row = session.execute(
        select(func.count(LaneTwo.owner), again).where(LaneTwo.rollout_id == rollout_id)
    ).one()
    return row[0], row[1]


def _is_due(channel: str, now: datetime, urgency: int, besides: Collection[str]) -> Sequence[Any]:
    # One urgency at a time, so that the index gives the oldest without sorting the rest; and the
    # clock is read once, not for each of the hundred thousand that a paused rollout may leave here.
    return (
        LaneTwo.channel == channel,
        LaneTwo.urgency == urgency,
        LaneTwo.owner.is_(None),
        LaneTwo.due_at <= now,
        LaneTwo.hold_until <= select(database_seconds()).scalar_subquery(),
        LaneTwo.lane.not_in(besides),
        Slice.ready,
    )


def _mine(row: LaneTwo) -> tuple[ColumnElement[bool], ...]:
    return (LaneTwo.id == row.id, LaneTwo.owner == row.owner, LaneTwo.attempt == row.attempt)


def _settle(session: Session, statement: Any) -> bool:
    returning = statement.returning(LaneTwo.id).execution_options(synchronize_session=False)
    return session.execute(returning).first() is not None
