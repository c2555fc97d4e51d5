"""When a gate will have counted enough to judge: how many of how many, and about when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduling.maturity import enough
from scheduling.metrics import Metric, Reading, Weight
from scheduling.verdicts import Code
from service.rollouts.models import GateRun
from service.rollouts.queries.measures import Point

#: What more counting can settle; anything else waits for a measurement or for a person.
_COUNTING = (Code.UNDECIDED, Code.TOO_FEW)
_BY_US = "refusals"  # counted as messages leave, without a lag


@dataclass(frozen=True, slots=True)
class Count:
    """People (or what a signal counts) that a metric has, and needs; *at* None: nobody knows."""

    key: str
    matured: int
    needed: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Pace:
    """How people were reached so far, and how many more are about to be when."""

    reached: Sequence[Point]
    leaving: Sequence[tuple[datetime, int]]  # (due, people), of waves that are opened
    per_minute: float | None

    def when(self, more: float, now: datetime) -> datetime | None:
        """About when so many *more* people will have been reached."""
        for due, people in sorted(self.leaving):
            if people >= more:
                minutes = more / self.per_minute if self.per_minute else 0.0
                return max(due, now) + timedelta(minutes=minutes)
            more -= people
        return None

    def sent_at(self, instant: datetime) -> int:
        """How many had been reached at *instant*."""
        return max((point.sent for point in self.reached if point.at <= instant), default=0)


def counting(run: GateRun, tried: int, pace: Pace, now: datetime) -> Iterator[Count]:
    """What the enforced metrics of a judgement still have to count; *tried* people are known."""
    waiting = {
        reason["metric"]
        for reason in run.reasons
        if reason["weight"] == Weight.ENFORCED and reason["code"] in _COUNTING
    }
    for metric in map(Metric.from_json, run.inputs.get("metrics", ())):
        reading, needed = metric.reading, enough(metric)
        if metric.key in waiting and needed and isinstance(reading, Reading):
            matured = reading.count if reading.denominator is None else reading.denominator
            at = _when(metric, needed - matured, run.at, pace, now)
            if metric.key == _BY_US:  # known now, not only when it was judged
                matured, at = tried, pace.when(needed - tried, now)
            yield Count(metric.key, int(matured), needed, at)


def _when(
    metric: Metric, missing: float, judged: datetime, pace: Pace, now: datetime
) -> datetime | None:
    """About when a metric will count *missing* people more than when it was judged."""
    if not metric.of_reached:
        return None
    goal = pace.sent_at(judged - metric.lag) + missing
    known = next((point.at for point in pace.reached if point.sent >= goal), None)
    at = known or pace.when(goal - pace.sent_at(now), now)
    return at + metric.lag if at else None
