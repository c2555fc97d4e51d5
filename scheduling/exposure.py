"""How many people a fault reaches before somebody notices it, and what each stage can show."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scheduling.course import Course
from scheduling.plan_fields import BadField
from scheduling.ramp import people_needed, reveals
from scheduling.simulate import Paper

TYPICAL_FAULTS = (0.05, 0.01, 0.001)
"""Shares of faulty messages for which each stage's chance is told."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that meets *share* of the people; it is noticed *notice* after it is bound to show.

    Bound to show: as many have the message as it takes for one of them to meet it with *chance*.
    """

    share: float = 0.01
    chance: float = 0.9
    notice: timedelta = timedelta(hours=1)

    def __post_init__(self) -> None:
        if self.notice < timedelta():
            raise BadField("notice", "must not be negative")
        people_needed(self.share, self.chance)  # refuses what is no share


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a fault comes to: *needed* people show it; None means it is not noticed in time."""

    needed: int
    noticed_at: datetime | None
    exposed: int  # people who have the message by then
    affected: int  # those of them who meet the fault


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known after a stage: the smallest fault that shows, and the chance of typical ones.

    With a chance of 90 %; *people* have the message by its end.
    """

    people: int
    reveals: float
    chances: tuple[tuple[float, float], ...]


def exposure(course: Course, fault: Fault) -> Exposure:
    """Return whom *fault* reaches before a rollout that goes by *course* is stopped."""
    needed = people_needed(fault.share, fault.chance)
    shown = course.after(needed)
    noticed = shown + fault.notice if shown else None
    exposed = course.by(noticed) if noticed else course.reached
    return Exposure(needed, noticed, exposed, math.ceil(exposed * fault.share))


def sights(ends: tuple[int, ...]) -> Iterator[Sight]:
    """Yield what can be known after each stage, by the people reached so far."""
    for people in ends:
        chances = tuple(
            (share, -math.expm1(people * math.log1p(-share))) for share in TYPICAL_FAULTS
        )
        yield Sight(people, reveals(people), chances)


def all_at_once(paper: Paper) -> Paper:
    """The same message to everybody as fast as it goes: no windows, no quiet hours, no stages."""
    everyone = replace(paper.rule, windows=(), blackouts=frozenset())
    ends = paper.ends[-1:]
    return replace(paper, rule=everyone, measure=paper.rule, ends=ends, soft=(), quiet=())


def windows_alone(paper: Paper) -> Paper:
    """The same message at everybody's next window, without stages."""
    return replace(paper, ends=paper.ends[-1:], soft=())
