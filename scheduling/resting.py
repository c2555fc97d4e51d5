"""People who want peace for some hours of their day: how many of a wave, and until when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, pairwise

from scheduling.rules import QuietHours, Rule
from scheduling.waves import WaveTime
from scheduling.windows import allowed, merged, stretches

_AT_ANY_HOUR = Rule()


@dataclass(frozen=True, slots=True)
class Resting:
    """How many people of a zone keep the same quiet hours."""

    zone: str
    quiet: QuietHours
    people: int

    def wants_peace(self, at: datetime) -> bool:
        """Whether they are not to be written to at *at*, whatever the windows say."""
        return not allowed(self.zone, at, _AT_ANY_HOUR, self.quiet)

    def next_wave(self, at: datetime, rule: Rule, end: datetime) -> WaveTime | None:
        """When they get what is ready at *at* under *rule*; None if not before *end*."""
        opening = next(merged(stretches(self.zone, at, end, rule, self.quiet)), None)
        return WaveTime(opening.start, opening.end) if opening else None


def passed_over(
    resting: Sequence[Resting], everybody: int, people: int, at: datetime
) -> Iterator[tuple[Resting, int]]:
    """Yield whom a wave of *people* passes over at *at*, and how many of each.

    The wave is a sample of *everybody*, among whom those who keep quiet hours are counted.
    """
    rest = max(0, everybody - sum(each.people for each in resting))
    shares = shared([*(each.people for each in resting), rest], people)
    for each, count in zip(resting, shares, strict=False):
        if count and each.wants_peace(at):
            yield each, count


def shared(left: Sequence[int], size: int) -> list[int]:
    """Share *size* people out in proportion to who is *left*; none gets more than it has left."""
    total = sum(left)
    if not total:
        return [0] * len(left)
    marks = [size * upto // total for upto in accumulate(left)]
    return [after - before for before, after in pairwise((0, *marks))]
