"""Single messages: claimed fairly, marked and settled one by one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    FromClause,
    Integer,
    String,
    and_,
    delete,
    exists,
    func,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from service.db.arrays import table_of
from service.db.base import Instant
from service.db.clock import database_seconds
from service.db.upsert import upsert
from service.deliveries.models import Delivery, LaneTwo, Outcome, Slice
from service.subscribers.models import Address

_ADDED = (
    "rollout_id",
    "n",
    "slice_id",
    "channel",
    "lane",
    "bucket",
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
            Delivery.bucket,
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
            Delivery.bucket,
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


def put_back(session: Session, rows: Sequence[tuple[LaneTwo, Again]]) -> frozenset[int]:
    """Let leased rows be tried again later; return the ids of those whose lease was not lost."""
    if not rows:
        return frozenset()
    given = table_of(
        session,
        {
            **_mine([row for row, _ in rows]),
            "next": (Integer(), [again.attempt for _, again in rows]),
            "due": (Instant(), [again.due_at for _, again in rows]),
            "hold": (Float(), [again.hold_seconds for _, again in rows]),
        },
    )
    return _settled(
        session,
        update(LaneTwo)
        .where(*_is_mine(given))
        .values(
            owner=None,
            lease_until=None,
            attempt=given.c.next,
            due_at=given.c.due,
            hold_until=database_seconds() + given.c.hold,
        ),
    )


def finish(session: Session, rows: Sequence[LaneTwo]) -> frozenset[int]:
    """Remove leased rows: nothing more to do; return the ids of those whose lease was not lost."""
    if not rows:
        return frozenset()
    given = table_of(session, _mine(rows))
    still_mine = exists().where(*_is_mine(given)).correlate(LaneTwo)
    # Their ids beside it, as EXISTS alone is asked for every row of the lane.
    by_id = LaneTwo.id.in_([row.id for row in rows])
    return _settled(session, delete(LaneTwo).where(by_id, still_mine))


def _mine(rows: Sequence[LaneTwo]) -> dict[str, tuple[Any, Sequence[Any]]]:
    return {
        "id": (BigInteger(), [row.id for row in rows]),
        "owner": (String(), [row.owner for row in rows]),
        "attempt": (Integer(), [row.attempt for row in rows]),
    }


def _is_mine(given: FromClause) -> Sequence[ColumnElement[bool]]:
    return [
        LaneTwo.id == given.c.id,
        LaneTwo.owner == given.c.owner,
        LaneTwo.attempt == given.c.attempt,
    ]


def _settled(session: Session, statement: Any) -> frozenset[int]:
    returning = statement.returning(LaneTwo.id).execution_options(synchronize_session=False)
    return frozenset(session.scalars(returning))


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

    Return of how many an attempt may have arrived. Who was passed over in a batch that has
    not landed stays: should its worker be lost, only this row says that nobody wrote to them.
    """
    in_flight = exists().where(
        Slice.rollout_id == LaneTwo.rollout_id,
        Slice.n_lo <= LaneTwo.n,
        Slice.n_hi >= LaneTwo.n,
        Slice.settled_upto < LaneTwo.n,
    )
    emptied = and_(LaneTwo.rollout_id == rollout_id, LaneTwo.owner.is_(None), ~in_flight)
    may_have = exists().where(
        Outcome.rollout_id == LaneTwo.rollout_id,
        Outcome.n == LaneTwo.n,
        Outcome.result == "unknown",
    )
    doubtful = session.scalar(select(func.count()).select_from(LaneTwo).where(emptied, may_have))
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


def waiting(session: Session, rollouts: Collection[int]) -> Mapping[int, tuple[int, int]]:
    """How many of each rollout are being sent from the lane, and how many wait for another try.

    A rollout of which nobody is in the lane is left out.
    """
    again = func.count().filter(LaneTwo.owner.is_(None), LaneTwo.attempt > 1)
    statement = (
        select(LaneTwo.rollout_id, func.count(LaneTwo.owner), again)
        .where(LaneTwo.rollout_id.in_(rollouts))
        .group_by(LaneTwo.rollout_id)
    )
    return {key: (owned, later) for key, owned, later in session.execute(statement)}
