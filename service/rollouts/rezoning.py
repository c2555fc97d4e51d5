"""Works out anew when waves leave after the zone data changed, and says what moved.

Compared with each tick, and so at every start and every day. What leaves within a day and moved is
for people to look at: the rollout pauses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduling import zones
from scheduling.waves import WaveTime
from service.db.unit_of_work import UnitOfWork
from service.rollouts.actions import CAN_PAUSE, hold_back
from service.rollouts.carrying import Timetable, retime
from service.rollouts.deciding import decided
from service.rollouts.models import (
    DecisionKind,
    PauseReason,
    Rollout,
    Wave,
    WaveState,
)
from service.rollouts.queries import states, timing

SOON = timedelta(hours=24)
MOST_NAMED = 20  # waves named one by one in the report


@dataclass(frozen=True, slots=True)
class Move:
    """A wave whose time is another one with the new zone data; None: it never comes."""

    wave: Wave
    zones: Sequence[str]
    was: datetime
    becomes: WaveTime | None

    def is_soon(self, now: datetime) -> bool:
        """Was it, or is it now, due within a day."""
        times = (self.was, self.becomes.due_at if self.becomes else self.was)
        return min(times) <= now + SOON

    def __str__(self) -> str:
        others = f" and {len(self.zones) - 1} more" if len(self.zones) > 1 else ""
        becomes = f"{self.becomes.due_at:%Y-%m-%d %H:%M}" if self.becomes else "never"
        return f"{self.zones[0]}{others}: {self.was:%Y-%m-%d %H:%M} UTC → {becomes}"


def rezone(uow: UnitOfWork, rollout_id: int) -> None:
    """Recompute the waves of a rollout that have not left with the zone data there are now."""
    rollout = states.locked(uow.session, rollout_id)
    if rollout is None or rollout.zone_data == zones.DATA_VERSION:
        return
    timetable = Timetable.of(uow, rollout)
    moves = list(_moves(uow, timetable))
    for move in moves:
        retime(uow, timetable, move.wave, move.becomes)
    report = f"{rollout.zone_data} → {zones.DATA_VERSION}: {_told(moves)}"
    rollout.zone_data = zones.DATA_VERSION
    decided(uow, rollout, DecisionKind.REPLAN, comment=report)
    if any(move.is_soon(uow.now) for move in moves):
        _pause(uow, rollout, report)


def _moves(uow: UnitOfWork, timetable: Timetable) -> Sequence[Move]:
    """The waves still to come that get another time; what is under way keeps its hour.

    Whoever's clock left their class is passed over at the mark, and gets an hour of their own.
    """
    coming = [
        wave
        for wave in timing.unfinished_waves(uow.session, timetable.rollout.id)
        if wave.state is WaveState.PLANNED and wave.due_at > uow.now
    ]
    found = ((wave, timetable.next(uow, wave)) for wave in coming)
    return [
        Move(wave, timetable.segments[wave.segment_no].zones, wave.due_at, time)
        for wave, time in found
        if time is None or (time.due_at, time.close_at) != (wave.due_at, wave.close_at)
    ]


def _told(moves: Sequence[Move]) -> str:
    if not moves:
        return "no wave moved"
    named = "; ".join(str(move) for move in moves[:MOST_NAMED])
    more = f"; and {len(moves) - MOST_NAMED} more" if len(moves) > MOST_NAMED else ""
    return f"{len(moves)} waves moved: {named}{more}"


def _pause(uow: UnitOfWork, rollout: Rollout, report: str) -> None:
    if rollout.state not in CAN_PAUSE:
        return
    hold_back(uow, rollout, PauseReason.TZDB, report)
