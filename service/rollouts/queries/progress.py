"""What is asked of a rollout while somebody watches it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from service.deliveries.models import LaneTwo, Outcome, Slice
from service.rollouts.models import Exposure
from service.rollouts.queries.measures import Point

MOST_POINTS = 5_000  # one a minute in which something left: some days


def exposures(session: Session, rollout_id: int) -> Sequence[Point]:
    """How many people had been reached when, in order; the newest where there are too many."""
    newest = (
        select(Exposure.at, Exposure.sent)
        .where(Exposure.rollout_id == rollout_id)
        .order_by(Exposure.at.desc())
        .limit(MOST_POINTS)
    )
    return [Point(at, sent) for at, sent in session.execute(newest)][::-1]


def sent_before(session: Session, rollout_id: int, moment: datetime) -> int:
    """How many people had been reached at *moment*."""
    statement = select(func.coalesce(func.max(Exposure.sent), 0)).where(
        Exposure.rollout_id == rollout_id, Exposure.at <= moment
    )
    return session.scalar(statement) or 0


def left_by_wave(session: Session, rollout_id: int) -> Mapping[int, int]:
    """How many people of each wave still wait, by the wave's id."""
    statement = (
        select(Slice.wave_id, func.sum(Slice.n_hi - Slice.marked_upto))
        .where(Slice.rollout_id == rollout_id, Slice.marked_upto < Slice.n_hi)
        .group_by(Slice.wave_id)
    )
    return {wave: int(left or 0) for wave, left in session.execute(statement) if wave}


class Lane(NamedTuple):
    """People of a rollout who wait one by one: for another try, or outside the ramp."""

    due: int
    later: int
    last_due: datetime | None
    doubtful: int  # whom an earlier attempt may have reached


def lane(session: Session, rollout_id: int, now: datetime) -> Lane:
    """How many wait in lane two, as things are at *now*."""
    may_have = exists().where(
        Outcome.rollout_id == LaneTwo.rollout_id,
        Outcome.n == LaneTwo.n,
        Outcome.result == "unknown",
    )
    statement = select(
        func.count().filter(LaneTwo.due_at <= now),
        func.count().filter(LaneTwo.due_at > now),
        func.max(LaneTwo.due_at).filter(LaneTwo.due_at > now),
        func.count().filter(may_have),
    ).where(LaneTwo.rollout_id == rollout_id, LaneTwo.owner.is_(None))
    return Lane._make(session.execute(statement).one())
