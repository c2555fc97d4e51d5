"""Counts what waits, what left and what is stopped: sums and indexed looks, at any size."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Executable, func, or_, select
from sqlalchemy.orm import Session

from service.db.clock import database_seconds
from service.deliveries.models import DeliveryEvent, LaneTwo, Limit, Outcome, Slice
from service.publications.models import Publication, PublicationState
from service.rollouts.models import OVER, Rollout, RolloutState, Stage, Wave, WaveState

LATELY = timedelta(days=7)  # in which most of what comes back has come

#: The labels' values, then the number.
Row = tuple[Any, ...]


class Sums(NamedTuple):
    """What became of a channel's people since the beginning."""

    channel: str
    sent: int
    refused: int
    skipped: int
    unknown: int


def sums(session: Session) -> Sequence[Sums]:
    """What became of everybody, by channel, from the counters of the slices."""
    columns = (func.sum(getattr(Slice, name)) for name in Sums._fields[1:])
    rows = session.execute(select(Slice.channel, *columns).group_by(Slice.channel))
    return [Sums(channel, *map(int, counts)) for channel, *counts in rows]


def ready_slices(session: Session) -> Sequence[Row]:
    """Slices that may be claimed now, by channel."""
    where = (Slice.ready, Slice.owner.is_(None), Slice.marked_upto < Slice.n_hi)
    return _rows(session, select(Slice.channel, func.count()).where(*where).group_by(Slice.channel))


def waiting_singles(session: Session) -> Sequence[Row]:
    """Single messages that nobody sends yet, due or not, by channel."""
    statement = select(LaneTwo.channel, func.count()).where(LaneTwo.owner.is_(None))
    return _rows(session, statement.group_by(LaneTwo.channel))


def lag(session: Session, now: datetime) -> Sequence[Row]:
    """Seconds that what is most overdue waits: waves in slices, and single messages."""
    wave = (
        select(func.min(Wave.due_at))
        .join(Rollout, Rollout.id == Wave.rollout_id)
        .where(Rollout.state == RolloutState.RUNNING, Wave.state == WaveState.DUE)
    )
    single = (
        select(func.min(LaneTwo.due_at))
        .join(Slice, Slice.id == LaneTwo.slice_id)
        .where(LaneTwo.owner.is_(None), Slice.ready)
    )
    found = {"waves": session.scalar(wave), "singles": session.scalar(single)}
    return [
        (kind, max(0.0, (now - oldest).total_seconds()) if oldest else 0.0)
        for kind, oldest in found.items()
    ]


def failures(session: Session) -> Sequence[Row]:
    """Attempts of rollouts under way that did not end with `sent`, by result and reason."""
    alive = select(Rollout.id).where(Rollout.state.in_((RolloutState.RUNNING, RolloutState.PAUSED)))
    statement = select(Outcome.result, Outcome.reason, func.count()).where(
        Outcome.rollout_id.in_(alive), Outcome.result != "sent"
    )
    return _rows(session, statement.group_by(Outcome.result, Outcome.reason))


def returned(session: Session, now: datetime) -> Sequence[Row]:
    """What came back of rollouts that are under way or ended lately, by weight and cause."""
    recent = select(Rollout.id).where(
        or_(Rollout.ended_at.is_(None), Rollout.ended_at > now - LATELY)
    )
    statement = select(DeliveryEvent.kind, DeliveryEvent.cause, func.count()).where(
        DeliveryEvent.rollout_id.in_(recent), DeliveryEvent.is_void.is_(False)
    )
    return _rows(session, statement.group_by(DeliveryEvent.kind, DeliveryEvent.cause))


def rollouts(session: Session) -> Sequence[Row]:
    """Rollouts with stages by state, and by what paused them."""
    by = (Rollout.state, Rollout.pause_reason)
    has_stages = select(Stage.id).where(Stage.rollout_id == Rollout.id).exists()
    rows = session.execute(select(*by, func.count()).where(has_stages).group_by(*by))
    return [(state, reason or "", count) for state, reason, count in rows]


def gates(session: Session) -> Sequence[Row]:
    """Stages of rollouts that are not over, by state: `held` waits for a person."""
    statement = select(Stage.state, func.count()).join(Rollout, Rollout.id == Stage.rollout_id)
    return _rows(session, statement.where(Rollout.state.not_in(OVER)).group_by(Stage.state))


def held_publications(session: Session) -> int:
    """Messages that wait for a moderator."""
    held = Publication.state == PublicationState.HELD
    return session.scalar(select(func.count()).select_from(Publication).where(held)) or 0


def held_back(session: Session) -> Sequence[Row]:
    """Seconds for which a channel or a provider is still left alone."""
    rest = Limit.hold_until - database_seconds()
    return _rows(session, select(Limit.scope, Limit.key, rest).where(rest > 0))


def _rows(session: Session, statement: Executable) -> Sequence[Row]:
    return [tuple(row) for row in session.execute(statement)]
