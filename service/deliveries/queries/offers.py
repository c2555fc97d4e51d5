"""What of lane two may be claimed: by rollout and provider, so that none hides the others."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from service.db.arrays import table_of
from service.db.clock import database_seconds
from service.deliveries.models import LaneTwo, Limit, LimitScope, Slice

_UNDER_WAY = aliased(LaneTwo)  # to make one costs more than to ask with it


class Queue(NamedTuple):
    """What waits in lane two of one rollout, behind one big provider or behind all the others."""

    slice_id: int
    bucket: str


def queues(
    session: Session,
    channel: str,
    now: datetime,
    urgency: int,
    buckets: Collection[str],
    *,
    after: int = 0,
    most: int = 1,
    besides: Collection[int] = (),
    only: Collection[int] | None = None,
) -> Sequence[Queue]:
    """Up to *most* queues of one *urgency* in which something is due, those of *buckets* only.

    Rollouts take turns: those that follow slice *after* come first. What is paused, or behind a
    provider that is held back, is not even read. Whoever has an attempt under way, or is of the
    addresses *besides*, or not of *only* some, is nothing due: a program that hangs may have a row
    in each of three thousand rollouts, which must not hide the others.
    """
    given = table_of(session, {"bucket": (String(), sorted(buckets))}, "buckets")
    statement = (
        select(Slice.id, given.c.bucket)
        .select_from(Slice)
        .join(given, true())
        .where(
            Slice.channel == channel,
            Slice.n_lo.is_(None),
            Slice.ready,
            Slice.urgency == urgency,
            _something_is_due(given.c.bucket, now, _among(besides, only)),
            ~_rests(),
        )
        .order_by(case((Slice.id > after, 0), else_=1), Slice.id, given.c.bucket)
        .limit(most)
    )
    return [Queue(slice_id, bucket) for slice_id, bucket in session.execute(statement)]


def candidates(
    session: Session,
    found: Sequence[Queue],
    now: datetime,
    most: int,
    *,
    besides: Collection[str] = (),
    apart: Collection[int] = (),
    only: Collection[int] | None = None,
) -> Sequence[tuple[LaneTwo, Slice]]:
    """What is due in each of some queues, the oldest *most* of each, locked; no lane of *besides*.

    Whoever has an attempt under way waits for its end; so do addresses *apart*, or not of *only*.
    """
    if not found:
        return []
    oldest = union_all(
        *(_oldest(queue, now, most, besides, _among(apart, only)) for queue in found)
    ).subquery()
    statement = (
        select(LaneTwo, Slice)
        .join(Slice, Slice.id == LaneTwo.slice_id)
        .where(LaneTwo.id.in_(select(oldest.c.id)), LaneTwo.owner.is_(None))
        .order_by(LaneTwo.due_at, LaneTwo.id)
        .with_for_update(of=LaneTwo, skip_locked=True)
    )
    return [(row, lane) for row, lane in session.execute(statement)]


def _oldest(
    queue: Queue,
    now: datetime,
    most: int,
    besides: Collection[str],
    concerned: ColumnElement[bool],
) -> Select[Any]:
    rows = (
        select(LaneTwo.id)
        .where(
            LaneTwo.slice_id == queue.slice_id,
            LaneTwo.bucket == queue.bucket,
            *_is_due(now),
            LaneTwo.lane.not_in(besides),
            concerned,
            _is_free(),
        )
        .order_by(LaneTwo.due_at)
        .limit(most)
        .subquery()
    )
    return select(rows.c.id)


def has_work(session: Session, channel: str, now: datetime, buckets: Collection[str]) -> bool:
    """Is something due that somebody could claim, behind one of *buckets*."""
    return any(
        queues(session, channel, now, urgency, buckets) for urgency in waiting(session, channel)
    )


def waiting(session: Session, channel: str) -> Sequence[int]:
    """The urgencies with an open lane two, highest first: mostly there is none, or one."""
    opened = (Slice.channel == channel, Slice.n_lo.is_(None), Slice.ready)
    return session.scalars(
        select(Slice.urgency).where(*opened).distinct().order_by(Slice.urgency.desc())
    ).all()


def _something_is_due(
    bucket: ColumnElement[str], now: datetime, concerned: ColumnElement[bool]
) -> ColumnElement[bool]:
    return exists().where(
        LaneTwo.slice_id == Slice.id,
        LaneTwo.bucket == bucket,
        *_is_due(now),
        concerned,
        _is_free(),
    )


def _among(apart: Collection[int], only: Collection[int] | None) -> ColumnElement[bool]:
    concerned = LaneTwo.address_id.not_in(apart)
    return concerned if only is None else and_(concerned, LaneTwo.address_id.in_(only))


def _is_free() -> ColumnElement[bool]:
    """Has the address no attempt under way."""
    return ~exists().where(
        _UNDER_WAY.address_id == LaneTwo.address_id, _UNDER_WAY.owner.is_not(None)
    )


def _is_due(now: datetime) -> Sequence[ColumnElement[bool]]:
    # The clock is read once, not for each of the hundred thousand that may wait here.
    return (
        LaneTwo.owner.is_(None),
        LaneTwo.due_at <= now,
        LaneTwo.hold_until <= select(database_seconds()).scalar_subquery(),
    )


def _rests() -> ColumnElement[bool]:
    """Has the rollout no tokens left for a while."""
    return exists().where(
        Limit.scope == LimitScope.ROLLOUT,
        Limit.key == cast(Slice.rollout_id, String()),
        Limit.hold_until > database_seconds(),
    )
