"""Plays a rollout on paper: who leaves when, how fast it spreads, how soon each stage may follow.

The same rules as the engine's (`waves.next_wave`, `waves.classes`) on expected counts: a stage is
a random sample, so each schedule class has its share of it. What only the world decides is left
out: nobody is refused, nobody is skipped at the last moment, every gate that can say go does.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import accumulate, pairwise

from scheduling.plan_fields import BadField
from scheduling.rules import Rule
from scheduling.waves import Late, ScheduleClass, WaveTime, classes, next_wave
from scheduling.windows import allowed

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Watch:
    """What lies between two stages: how many must be tried, how many known, for how long."""

    quorum: float = 0.95
    min_bake: timedelta = timedelta(hours=2)
    min_exposed: int = 45


@dataclass(frozen=True, slots=True)
class Paper:
    """A plan laid over an audience.

    *ends* are cumulative people a stage; *per_minute* is the most that leave in one. The first
    stage opens at *opens*; nothing leaves before *released*.
    """

    opens: datetime
    released: datetime
    horizon: timedelta  # how far from the opening windows are worked out
    rule: Rule
    late: Late
    ends: tuple[int, ...]
    watch: Watch
    per_minute: float
    measure: Rule | None = None  # whose windows "inside" means, where it is not *rule*
    soft: tuple[Mapping[str, int], ...] = ()  # people by zone of cohorts that are stages first

    def __post_init__(self) -> None:
        if not (math.isfinite(self.per_minute) and self.per_minute > 0):
            raise BadField("per_minute", "must be above 0")


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
    settled: int = 0
    quorum_at: datetime | None = None
    enough_at: datetime | None = None  # as many are known as its gate needs
    follows_at: datetime | None = None  # the next may open


@dataclass(frozen=True, slots=True)
class Course:
    """What a paper comes to: runs in order of time, none beside another."""

    opens: datetime
    groups: tuple[ScheduleClass, ...]
    runs: tuple[Run, ...]
    stages: tuple[StageCourse, ...]
    never: int  # people for whom no window opens before the expiry
    unopened: int  # people of stages that no go can come for in time
    carried: int  # people whose first window closed before their turn

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
        before = 0
        for run in self.runs:
            if before + run.people >= people:
                return run.start + (run.end - run.start) * max(0, people - before) / run.people
            before += run.people
        return None

    def until(self, share: float) -> timedelta | None:
        """How long it takes to reach *share* of everybody planned; None for never."""
        everybody = self.reached + self.never + self.unopened
        moment = self.after(math.ceil(share * everybody)) if everybody else None
        return moment - self.opens if moment else None

    def by(self, instant: datetime) -> int:
        """How many have it at *instant*."""
        return math.ceil(sum(_left_by(run, instant) for run in self.runs))

    def peak(self) -> int:
        """The most people who get it within one minute of the clock."""
        minutes: Counter[int] = Counter()
        for run in self.runs:
            first, last = ((at - self.opens) // _MINUTE for at in (run.start, run.end))
            # The minutes between are alike: one of them tells of all.
            for minute in {first, min(first + 1, last), last}:
                upto = self.opens + (minute + 1) * _MINUTE
                counted = _left_by(run, upto) - _left_by(run, upto - _MINUTE)
                minutes[minute] += round(counted)
        return max(minutes.values(), default=0)


def _left_by(run: Run, instant: datetime) -> float:
    if instant <= run.start:
        return 0.0
    if instant >= run.end:
        return float(run.people)
    return run.people * ((instant - run.start) / (run.end - run.start))


def play(paper: Paper, histogram: Mapping[str, int]) -> Course:
    """Return what *paper* comes to for a *histogram*: people by known zone name.

    Those of its soft cohorts are not among them.
    """
    return _Player(paper, histogram).play()


@dataclass(order=True, slots=True)
class _Wave:
    due_at: datetime
    no: int
    stage: int = field(compare=False)
    group: int = field(compare=False)
    people: int = field(compare=False)
    close_at: datetime | None = field(compare=False)
    carried: bool = field(compare=False)


class _Player:
    """The state of a play: waves that wait, in order, and one sender that is free at an instant."""

    def __init__(self, paper: Paper, histogram: Mapping[str, int]) -> None:
        self.paper = paper
        names = {zone for people in (histogram, *paper.soft) for zone in people}
        self.groups = classes(names, paper.rule, paper.opens, paper.horizon)
        self.soft = [self._grouped(people) for people in paper.soft]
        self.left = self._grouped(histogram)
        self.sizes = [after - before for before, after in pairwise((0, *paper.ends))]
        self.free = paper.released
        self.waves: list[_Wave] = []
        self.made = self.never = self.carried = 0
        self.runs: list[Run] = []
        self.stages: list[StageCourse] = []

    def play(self) -> Course:
        self._open(self.paper.opens)
        while self.waves:
            self._run(heappop(self.waves))
        return Course(
            self.paper.opens,
            self.groups,
            tuple(self.runs),
            tuple(self.stages),
            self.never,
            sum(self.sizes[len(self.stages) :]),
            self.carried,
        )

    def _open(self, at: datetime) -> None:
        if len(self.stages) == len(self.sizes):
            return
        stage = StageCourse(len(self.stages) + 1, self.sizes[len(self.stages)], at)
        self.stages.append(stage)
        for index, people in enumerate(self._people(stage)):
            if not people:
                continue
            if wave := self._next(index, at, self.paper.late):
                stage.total += people
                self._wait(stage.no, index, people, wave, carried=False)
            else:
                self.never += people
        if not stage.total:
            self._settle(stage, 0, at, at)

    def _grouped(self, people: Mapping[str, int]) -> list[int]:
        return [sum(people.get(zone, 0) for zone in group.zones) for group in self.groups]

    def _people(self, stage: StageCourse) -> list[int]:
        """A stage's people by group: a cohort's own, else their share of everybody who is left."""
        if stage.no <= len(self.soft):
            return self.soft[stage.no - 1]
        shares = shared(self.left, stage.size)
        self.left = [there - share for there, share in zip(self.left, shares, strict=True)]
        return shares

    def _run(self, wave: _Wave) -> None:
        start = max(wave.due_at, self.free)
        people = self._room(wave, start)
        end = start + people * _MINUTE / self.paper.per_minute
        stage = self.stages[wave.stage - 1]
        if people:
            self.free = end
            measure = self.paper.measure or self.paper.rule
            inside = allowed(self.groups[wave.group].zones[0], start, measure)
            self.runs.append(
                Run(
                    wave.stage, self.groups[wave.group].no, wave.due_at, start, end, people,
                    inside, wave.carried,
                )
            )  # fmt: skip
            self._settle(stage, people, start, end)
        if wave.people > people and wave.close_at:
            self._carry(wave, stage, wave.people - people, wave.close_at)

    def _room(self, wave: _Wave, start: datetime) -> int:
        """How many of a wave leave before its window closes."""
        if wave.close_at is None:
            return wave.people
        room = max(wave.close_at - start, timedelta()) / _MINUTE * self.paper.per_minute
        return min(wave.people, int(room))

    def _carry(self, wave: _Wave, stage: StageCourse, rest: int, closed: datetime) -> None:
        if later := self._next(wave.group, closed, Late.NEXT_WINDOW):
            self.carried += 0 if wave.carried else rest
            self._wait(wave.stage, wave.group, rest, later, carried=True)
        else:
            self.never += rest
            self._settle(stage, rest, closed, closed)

    def _settle(self, stage: StageCourse, people: int, start: datetime, end: datetime) -> None:
        """Count *people* of a stage, known between two instants; let the next follow if it may."""
        before, stage.settled = stage.settled, stage.settled + people
        watch = self.paper.watch

        def passed(needed: int) -> datetime | None:
            if stage.settled < needed:
                return None
            return start + (end - start) * max(0, needed - before) / max(1, people)

        stage.quorum_at = stage.quorum_at or passed(math.ceil(watch.quorum * stage.total))
        stage.enough_at = stage.enough_at or passed(min(watch.min_exposed, stage.total))
        if stage.quorum_at and stage.enough_at and not stage.follows_at:
            stage.follows_at = max(stage.quorum_at + watch.min_bake, stage.enough_at)
            self._open(stage.follows_at)

    def _next(self, group: int, at: datetime, late: Late) -> WaveTime | None:
        return next_wave(self.groups[group].zones[0], at, self.paper.rule, late)

    def _wait(self, stage: int, group: int, people: int, time: WaveTime, *, carried: bool) -> None:
        self.made += 1
        heappush(
            self.waves,
            _Wave(time.due_at, self.made, stage, group, people, time.close_at, carried),
        )


def shared(left: Sequence[int], size: int) -> list[int]:
    """Share *size* people out in proportion to who is *left*; none gets more than it has left."""
    total = sum(left)
    if not total:
        return [0] * len(left)
    marks = [size * upto // total for upto in accumulate(left)]
    return [after - before for before, after in pairwise((0, *marks))]
