"""Plays a rollout on paper: who leaves when, how fast it spreads, how soon each stage may follow.

The same rules as the engine's (`waves.next_wave`, `waves.classes`) on expected counts: a stage is
a random sample, so each schedule class has its share of it. What only the world decides is left
out: nobody is refused, every gate that can say go does, and who is skipped is known beforehand.
Whoever wants peace when their wave leaves is passed over and gets it once their quiet hours end;
who is behind a provider with a limit waits in a line of its own.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import pairwise
from operator import attrgetter

from scheduling.course import Course, Run, StageCourse
from scheduling.lanes import Lane, behind, binding
from scheduling.plan_fields import BadField
from scheduling.rates import Warming
from scheduling.resting import Resting, passed_over, shared
from scheduling.rules import Rule
from scheduling.waves import Late, WaveTime, classes, next_wave
from scheduling.windows import Interval, allowed

SET_OUT_TOGETHER = 500  # people who leave one after the other, however a crowd is spread
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Watch:
    """What lies between two stages: how many must be tried, how many known, for how long.

    *late* are metrics that count only what is older than a lag: (people they need, lag).
    """

    quorum: float = 0.95
    min_bake: timedelta = timedelta(hours=2)
    min_exposed: int = 45
    late: tuple[tuple[int, timedelta], ...] = ()


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
    spread: timedelta = timedelta()  # how long a crowd takes to set out when its window opens
    warming: Warming | None = None  # the sender is new: its rate as it grows from the opening on
    freezes: tuple[Interval, ...] = ()  # when nothing leaves and nothing is judged, in order
    quiet: tuple[Resting, ...] = ()  # the people who keep quiet hours; as many in each stage
    skipped: Mapping[str, int] = field(default_factory=dict)  # by zone, who would get nothing
    lanes: tuple[Lane, ...] = ()  # providers with a limit of their own; as many in each stage

    def __post_init__(self) -> None:
        if not (math.isfinite(self.per_minute) and self.per_minute > 0):
            raise BadField("per_minute", "must be above 0")

    def pace(self, at: datetime) -> float:
        """The most that leave in a minute at *at*."""
        if self.warming is None:
            return self.per_minute
        rate = self.warming.rate(at - self.opens)
        return min(self.per_minute, rate.most * 60 / rate.period)

    def same_pace_until(self, at: datetime) -> datetime | None:
        """When the pace of *at* changes next; None for never."""
        if self.warming is None:
            return None
        age = self.warming.age + (at - self.opens)
        return at + (_DAY - age % _DAY)

    def frozen_until(self, at: datetime) -> datetime:
        """When the freeze of *at* ends; *at* itself where there is none."""
        for each in self.freezes:
            if each.start <= at < each.end:
                at = each.end
        return at

    def next_freeze(self, at: datetime) -> datetime | None:
        """When the next freeze after *at* begins."""
        return next((each.start for each in self.freezes if each.start > at), None)


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
    skipped: int = field(compare=False, default=0)  # of the people, who will get nothing
    lane: Lane | None = field(compare=False, default=None)  # they wait for this provider
    peace: Resting | None = field(compare=False, default=None)  # they were passed over for it
    is_asked: bool = field(compare=False, default=False)  # who wants peace is not in it any more


class _Player:
    """The state of a play: waves that wait, in order, and one sender that is free at an instant."""

    def __init__(self, paper: Paper, histogram: Mapping[str, int]) -> None:
        self.paper = paper
        names = {zone for people in (histogram, *paper.soft) for zone in people}
        self.groups = classes(names, paper.rule, paper.opens, paper.horizon)
        self.soft = [self._grouped(people) for people in paper.soft]
        self.left = self._grouped(histogram)
        self.everybody: list[int] = [
            sum(counts) for counts in zip(self.left, *self.soft, strict=True)
        ]
        self.resting = [
            [each for each in paper.quiet if each.zone in group.zones] for group in self.groups
        ]
        self.silent: list[int] = self._grouped(paper.skipped)
        self.seen = [0] * len(self.groups)  # people of opened stages, by group
        self.sizes = [after - before for before, after in pairwise((0, *paper.ends))]
        self.free: dict[Lane | None, datetime] = defaultdict(lambda: paper.released)
        self.waves: list[_Wave] = []
        self.made = self.never = self.carried = self.skipped = 0
        self.runs: list[Run] = []
        self.stages: list[StageCourse] = []

    def play(self) -> Course:
        self._open(self.paper.opens)
        while self.waves:
            self._run(heappop(self.waves))
        return Course(
            self.paper.opens,
            self.groups,
            tuple(sorted(self.runs, key=attrgetter("start"))),
            tuple(self.stages),
            self.never,
            sum(self.sizes[len(self.stages) :]),
            self.carried,
            self.skipped,
        )

    def _open(self, at: datetime) -> None:
        if len(self.stages) == len(self.sizes):
            return
        stage = StageCourse(len(self.stages) + 1, self.sizes[len(self.stages)], at)
        self.stages.append(stage)
        for index, people in enumerate(self._people(stage)):
            if not people:
                continue
            skipped = self._skips(index, people)
            if wave := self._next(index, at, self.paper.late):
                stage.total += people
                stage.skipped += skipped
                made = _Wave(at, 0, stage.no, index, people, None, carried=False, skipped=skipped)
                self._wait(made, wave)
            else:
                self.skipped += skipped
                self.never += people - skipped
        if not stage.total:
            self._settle(stage, 0, at, at, is_new=True)

    def _grouped(self, people: Mapping[str, int]) -> list[int]:
        return [sum(people.get(zone, 0) for zone in group.zones) for group in self.groups]

    def _people(self, stage: StageCourse) -> list[int]:
        """A stage's people by group: a cohort's own, else their share of everybody who is left."""
        if stage.no <= len(self.soft):
            return self.soft[stage.no - 1]
        shares = shared(self.left, stage.size)
        self.left = [there - share for there, share in zip(self.left, shares, strict=True)]
        return shares

    def _skips(self, group: int, people: int) -> int:
        """How many of the next *people* of a group would get nothing: as many everywhere."""
        before, upto = self.seen[group], self.seen[group] + people
        self.seen[group] = upto
        silent = self.silent[group]
        everybody = max(1, self.everybody[group])
        return silent * upto // everybody - silent * before // everybody

    def _run(self, wave: _Wave) -> None:
        start = max(wave.due_at, self.free[wave.lane])
        if wave.lane and start > wave.due_at:
            self._wait(wave, WaveTime(start, wave.close_at))  # others leave beside them
            return
        stage = self.stages[wave.stage - 1]
        wave = self._leave_out(wave, stage, start)
        thawed = self.paper.frozen_until(start)
        if thawed > start:
            self._again(wave, stage, wave.people, thawed, carried=wave.carried)
            return
        wave = self._let_queue(self._let_rest(wave, stage, start), start)
        stops, pace = self._stops(wave, start), self._pace(wave, start)
        people = self._room(wave, start, stops, pace)
        end = start + people * _MINUTE / pace
        if people:
            self.free[wave.lane] = end
            end = max(end, start + self._spread(wave, stage, people))
            measure = self.paper.measure or self.paper.rule
            inside = allowed(self.groups[wave.group].zones[0], start, measure)
            self.runs.append(
                Run(
                    wave.stage, self.groups[wave.group].no, wave.due_at, start, end, people,
                    inside, wave.carried,
                )
            )  # fmt: skip
            self._settle(stage, people, start, end, is_new=wave.peace is None)
        if wave.people > people and stops:
            self._go_on(wave, stage, wave.people - people, stops)

    def _leave_out(self, wave: _Wave, stage: StageCourse, at: datetime) -> _Wave:
        """Pass over those who get nothing; return the wave without them."""
        if not wave.skipped:
            return wave
        self.skipped += wave.skipped
        self._try(stage, wave.skipped, at, at)
        self._settle(stage, 0, at, at, is_new=False)
        return replace(wave, people=wave.people - wave.skipped, skipped=0)

    def _let_queue(self, wave: _Wave, at: datetime) -> _Wave:
        """Line up those whose provider takes them slowly; return the wave without them."""
        if wave.lane:
            return wave
        left, everybody = wave.people, sum(self.everybody)
        slow = binding(self.paper.lanes, everybody, self.paper.pace(at))
        for lane, count in behind(slow, everybody, wave.people):
            left -= count
            self._wait(replace(wave, people=count, lane=lane), WaveTime(at, wave.close_at))
        return replace(wave, people=left)

    def _pace(self, wave: _Wave, at: datetime) -> float:
        """How many of a wave leave in a minute: what slow providers take is not for the others."""
        pace = self.paper.pace(at)
        if wave.lane:
            return min(wave.lane.per_minute, pace)
        slow = binding(self.paper.lanes, sum(self.everybody), pace)
        return pace - sum(lane.per_minute for lane in slow)

    def _let_rest(self, wave: _Wave, stage: StageCourse, at: datetime) -> _Wave:
        """Pass over those who want peace at *at*; return the wave without them."""
        resting, everybody = self.resting[wave.group], self.everybody[wave.group]
        if wave.peace or wave.is_asked or not resting:
            return wave
        left = wave.people
        for each, count in passed_over(resting, everybody, wave.people, at):
            left -= count
            self._try(stage, count, at, at)
            self._again(replace(wave, peace=each), stage, count, at, carried=wave.carried)
        self._let_follow(stage)
        return replace(wave, people=left, is_asked=True)

    def _stops(self, wave: _Wave, start: datetime) -> datetime | None:
        """When a wave that begins at *start* stops, or goes on at another pace."""
        ends = (
            wave.close_at,
            self.paper.same_pace_until(start),
            self.paper.next_freeze(start),
        )
        return min((each for each in ends if each), default=None)

    def _room(self, wave: _Wave, start: datetime, stops: datetime | None, pace: float) -> int:
        """How many of a wave leave before it stops."""
        if stops is None:
            return wave.people
        room = max(stops - start, timedelta()) / _MINUTE * pace
        return min(wave.people, int(room))

    def _spread(self, wave: _Wave, stage: StageCourse, people: int) -> timedelta:
        """How long the crowd of a *wave* takes to set out; what is ready late leaves at once."""
        parts = math.ceil(people / SET_OUT_TOGETHER)
        if wave.due_at <= stage.opens_at or wave.close_at is None:
            return timedelta()
        within = min(self.paper.spread, (wave.close_at - wave.due_at) / 2)
        return within * (parts - 1) / parts

    def _go_on(self, wave: _Wave, stage: StageCourse, rest: int, at: datetime) -> None:
        """Let the *rest* of a wave go on at *at*, or at their next window where theirs is over."""
        thawed = self.paper.frozen_until(at)
        if at == wave.close_at:
            self._again(wave, stage, rest, thawed, carried=True)
        elif thawed > at:
            self._again(wave, stage, rest, thawed, carried=wave.carried)
        else:
            self._wait(replace(wave, people=rest), WaveTime(at, wave.close_at))

    def _again(
        self, wave: _Wave, stage: StageCourse, rest: int, at: datetime, *, carried: bool
    ) -> None:
        """Let the *rest* of a wave leave at their next window after *at*."""
        if wave.peace:
            later = wave.peace.next_wave(at, self.paper.rule, self.paper.opens + self.paper.horizon)
        else:
            later = self._next(wave.group, at, Late.NEXT_WINDOW)
        if later:
            self.carried += rest if carried and not wave.carried else 0
            self._wait(replace(wave, people=rest, carried=carried, is_asked=False), later)
        else:
            self.never += rest
            self._settle(stage, rest, at, at, is_new=wave.peace is None)

    def _settle(
        self, stage: StageCourse, people: int, start: datetime, end: datetime, *, is_new: bool
    ) -> None:
        """Count *people* of a stage, known between two instants; let the next follow if it may.

        Those who were passed over are not *new*: they have counted for the quorum.
        """
        if is_new:
            self._try(stage, people, start, end)
        before, stage.settled = stage.settled, stage.settled + people
        watch = self.paper.watch

        def passed(needed: int) -> datetime | None:
            return _passed(needed, before, people, start, end)

        written = stage.total - stage.skipped
        stage.enough_at = stage.enough_at or passed(min(watch.min_exposed, written))
        earlier = sum(each.settled for each in self.stages[: stage.no - 1])
        for place, (needed, lag) in enumerate(watch.late):
            counted = passed(min(needed - earlier, written))
            if counted and place not in stage.matured_at:
                # What the stages before have shown has matured: this one opened upon it.
                stage.matured_at[place] = counted + lag if needed > earlier else stage.opens_at
        self._let_follow(stage)

    def _try(self, stage: StageCourse, people: int, start: datetime, end: datetime) -> None:
        """Count *people* of a stage for its quorum: their turn came, be it to be passed over."""
        quorum = math.ceil(self.paper.watch.quorum * stage.total)
        before, stage.tried = stage.tried, stage.tried + people
        stage.quorum_at = stage.quorum_at or _passed(quorum, before, people, start, end)

    def _let_follow(self, stage: StageCourse) -> None:
        known = stage.enough_at and len(stage.matured_at) == len(self.paper.watch.late)
        if stage.quorum_at and stage.enough_at and known and not stage.follows_at:
            stage.follows_at = self._follows(stage.quorum_at, stage.enough_at, stage)
            self._open(stage.follows_at)

    def _follows(self, quorum_at: datetime, enough_at: datetime, stage: StageCourse) -> datetime:
        """When the next stage opens: what a freeze interrupts is watched anew after it."""
        bake = self.paper.watch.min_bake
        baking_at = self.paper.frozen_until(quorum_at)
        while (cut := self.paper.next_freeze(baking_at)) and cut < baking_at + bake:
            baking_at = self.paper.frozen_until(cut)
        ready = max(baking_at + bake, enough_at, *stage.matured_at.values())
        return self.paper.frozen_until(ready)

    def _next(self, group: int, at: datetime, late: Late) -> WaveTime | None:
        return next_wave(self.groups[group].zones[0], at, self.paper.rule, late)

    def _wait(self, wave: _Wave, time: WaveTime) -> None:
        self.made += 1
        heappush(
            self.waves, replace(wave, no=self.made, due_at=time.due_at, close_at=time.close_at)
        )


def _passed(
    needed: int, before: int, people: int, start: datetime, end: datetime
) -> datetime | None:
    """When a count of *before* passes *needed* as *people* join it, evenly; None if it does not."""
    if before + people < needed:
        return None
    return start + (end - start) * max(0, needed - before) / max(1, people)
