"""Pauses rollouts when the plan's clock jumps: hours, bakes and lags were measured by it.

A jump ahead would let people be written to at night and gates pass without having watched; one
back would do things again. Who set the clock knows which of its times was wrong: a person resumes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from service.rollouts.actions import CAN_PAUSE, hold_back
from service.rollouts.models import PauseReason
from service.rollouts.queries import states
from service.runtime import Runtime

MOST = timedelta(minutes=1)  # more than clocks are corrected by while they are kept in order


@dataclass(slots=True)
class Watch:
    """Compares the plan's clock with one that nobody can set (seconds)."""

    clock: Callable[[], datetime]
    steady: Callable[[], float]
    _before: tuple[datetime, float] = field(init=False)

    def __post_init__(self) -> None:
        self._before = (self.clock(), self.steady())

    def jump(self) -> timedelta:
        """How far the clock went since it was asked last, beyond the time that passed."""
        (then, start), now = self._before, (self.clock(), self.steady())
        self._before = now
        return (now[0] - then) - timedelta(seconds=now[1] - start)


def heed(rt: Runtime, watch: Watch | None) -> None:
    """Pause what is under way if the clock jumped, or is behind what is already written down.

    Without a *watch* only the latter can be known.
    """
    jump = watch.jump() if watch else timedelta()
    if abs(jump) > MOST:
        where = "ahead" if jump > timedelta() else "back"
        _pause(rt, states.movable, f"the clock jumped {_told(abs(jump))} {where}")
    _pause(
        rt,
        lambda session: states.judged_after(session, rt.clock() + MOST),
        "the clock is behind the time at which it was last judged",
    )


def _pause(rt: Runtime, find: Callable[[Session], Sequence[int]], why: str) -> None:
    with rt.read() as session:
        found = find(session)
    for rollout_id in found:
        with rt.work("ticker") as uow:
            rollout = states.locked(uow.session, rollout_id)
            if rollout is not None and rollout.state in CAN_PAUSE:
                hold_back(uow, rollout, PauseReason.CLOCK, why)


def _told(span: timedelta) -> str:
    return str(timedelta(seconds=round(span.total_seconds())))
