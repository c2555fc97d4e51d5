"""How many messages may leave in some time, and when the next ones may: for any number of senders.

Tokens are let out a second's worth at a time, each lot followed by a pause as long as it is worth.
A lot is spent within a second, so that no stretch of the rate's period sees more than its most:
the pause is reckoned for the period less one lot, and one second longer.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from scheduling.plan_fields import BadField
from scheduling.windows import Interval

MINUTE, HOUR = 60, 3600  # seconds
SPENT_WITHIN = 1.0  # seconds after which what was let out and not spent is void

WARM_UP_START = 20
"""Messages in the first day's hours of a new sender."""
WARM_UP_FACTOR = 1.4
"""Growth from one day to the next: 20 an hour become a thousand in twelve days."""

_SLOWEST = 6.0  # a minute: a provider that throttles still sees one message in ten seconds
_FIRST = 600.0  # a minute: what a provider is taken to bear when it throttles for the first time
_FASTEST = 2 * _FIRST
_RECOVERY = 1.05


@dataclass(frozen=True, slots=True)
class Rate:
    """At most *most* messages in any *period* seconds."""

    most: float
    period: int

    def __post_init__(self) -> None:
        if not (math.isfinite(self.most) and self.most >= 1):
            raise BadField("most", "must be at least 1")
        if self.period < MINUTE:
            raise BadField("period", f"must be at least {MINUTE} seconds")

    @property
    def lot(self) -> int:
        """The most tokens let out at once: a second's worth, or one."""
        return max(1, int(self.most // self.period))

    @property
    def pause(self) -> float:
        """Seconds after each token before the next lot."""
        rest = max(self.most - self.lot, 0.0)
        return (self.period + SPENT_WITHIN) / rest if rest else self.period + SPENT_WITHIN


def warmed(target: float | None, age: timedelta) -> Rate:
    """The rate of a sender first used *age* ago: 20 an hour, each day 1.4 times as many."""
    # Beyond the sixtieth day it is more than anyone sends, and the power still fits.
    grown = WARM_UP_START * WARM_UP_FACTOR ** min(max(age.days, 0), 60)
    return Rate(min(math.floor(grown), target) if target else math.floor(grown), HOUR)


@dataclass(frozen=True, slots=True)
class Warming:
    """The rate of a sender first used *age* ago, as it grows day by day up to *target*."""

    target: float | None
    age: timedelta

    def rate(self, later: timedelta) -> Rate:
        """The rate once it is *later*."""
        return warmed(self.target, self.age + later)


def most_within(course: Rate | Warming, hours: Iterable[Interval]) -> int:
    """The most messages that can leave in *hours*, reckoned from the first of them on."""
    most, first = 0.0, None
    for opened in hours:
        at = opened.start
        first = first or at
        while at < opened.end:
            until = min(at + timedelta(days=1), opened.end)
            rate = course if isinstance(course, Rate) else course.rate(until - first)
            most += rate.most * (until - at).total_seconds() / rate.period
            at = until
    return math.floor(most)


def slowed(most: float | None) -> float:
    """Messages a minute towards a provider that has just throttled us: half as many."""
    return max((most or _FIRST) / 2, _SLOWEST)


def recovered(most: float) -> float | None:
    """Messages a minute towards a provider that takes them again; None: as many as there are."""
    faster = most * _RECOVERY + 1
    return faster if faster < _FASTEST else None
