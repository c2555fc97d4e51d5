"""How a rollout on paper goes: who leaves when, and what can be told from that."""

import math
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scheduling.waves import ScheduleClass

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Run:
    """People of one stage and schedule class who leave in [start, end), one after the other."""

    stage: int
    group: int
    due_at: datetime
    start: datetime
    end: datetime
    people: int
    inside: bool  # a window is open for them
    carried: bool  # their first window closed before their turn


@dataclass(slots=True)
class StageCourse:
    """How one stage goes; an instant that never comes is None."""

    no: int
    size: int
    opens_at: datetime
    total: int = 0  # without those for whom no window opens any more
    skipped: int = 0  # of these, who get nothing whatever their hour
    tried: int = 0  # whose turn came; some were passed over and get it later
    settled: int = 0
    quorum_at: datetime | None = None
    enough_at: datetime | None = None  # as many are known as its gate needs
    matured_at: dict[int, datetime] = field(default_factory=dict)  # by place among late metrics
    follows_at: datetime | None = None  # the next may open


@dataclass(frozen=True, slots=True)
class Course:
    """What a paper comes to: runs in the order in which they begin."""

    opens: datetime
    groups: tuple[ScheduleClass, ...]
    runs: tuple[Run, ...]
    stages: tuple[StageCourse, ...]
    never: int  # people for whom no window opens before the expiry
    unopened: int  # people of stages that no go can come for in time
    carried: int  # people whose first window closed before their turn
    skipped: int = 0  # people who would get nothing as things are

    @property
    def reached(self) -> int:
        """How many people get it at all."""
        return sum(run.people for run in self.runs)

    @property
    def inside(self) -> float:
        """The share of those reached for whom a window was open."""
        return sum(run.people for run in self.runs if run.inside) / max(1, self.reached)

    def after(self, people: int) -> datetime | None:
        """When the *people*-th has it; None if so many never do."""
        if people > self.reached:
            return None
        edges = sorted({edge for run in self.runs for edge in (run.start, run.end)})
        place = bisect_left(edges, float(people), key=self._told)
        if place in (0, len(edges)):
            return edges[min(place, len(edges) - 1)] if edges else None
        before, upto = edges[place - 1], edges[place]
        told = self._told(before)
        return before + (upto - before) * ((people - told) / (self._told(upto) - told))

    def until(self, share: float) -> timedelta | None:
        """How long it takes to reach *share* of everybody planned; None for never."""
        everybody = self.reached + self.never + self.unopened
        moment = self.after(math.ceil(share * everybody)) if everybody else None
        return moment - self.opens if moment else None

    def by(self, instant: datetime) -> int:
        """How many have it at *instant*."""
        return math.ceil(self._told(instant))

    def _told(self, instant: datetime) -> float:
        return sum(_left_by(run, instant) for run in self.runs)

    def peak(self) -> int:
        """The most people who get it within one minute of the clock."""
        minutes = set[int]()
        for run in self.runs:
            first, last = ((at - self.opens) // _MINUTE for at in (run.start, run.end))
            # The minutes between are alike: one of them tells of all.
            minutes |= {first, min(first + 1, last), last}
        ends = (self.opens + (minute + 1) * _MINUTE for minute in minutes)
        return max((round(self._told(at) - self._told(at - _MINUTE)) for at in ends), default=0)


def _left_by(run: Run, instant: datetime) -> float:
    if instant <= run.start:
        return 0.0
    if instant >= run.end:
        return float(run.people)
    return run.people * ((instant - run.start) / (run.end - run.start))
