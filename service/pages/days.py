"""A component's history by calendar day in its page's zone, and its uptime. Pure functions.

Whole seconds: days have 23 or 25 hours where the clock changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduling import zones
from service.pages.history import Stretch
from service.pages.models import RANK, State

#: What a second in a state costs, in tenths: down counts whole, a major disruption three tenths.
WEIGHTS: Mapping[State, int] = {State.DOWN: 10, State.MAJOR: 3}
_WHOLE = 10_000  # hundredths of a per cent


@dataclass(frozen=True, slots=True)
class Edges:
    """A calendar day of a zone and the instants [start, end) it takes, in seconds since 1970."""

    day: date
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Day:
    """How a component was on one *day*: seconds by state; what is missing is unknown."""

    day: date
    length: int
    seconds: Mapping[State, int]

    @property
    def worst(self) -> State | None:
        """The worst state of the day; None where nothing is known."""
        return max(self.seconds, key=RANK.__getitem__, default=None)

    @property
    def is_calm(self) -> bool:
        """Whether all that is known of it is that everything worked."""
        return self.worst is State.OPERATIONAL

    @property
    def uptime(self) -> int | None:
        """Hundredths of a per cent, floored; None where nothing is known."""
        return uptime([self.seconds])


def edges(zone: str, last: date, count: int) -> list[Edges]:
    """Return the *count* days of *zone* up to *last*, in order."""
    days = (last - timedelta(days=back) for back in range(count - 1, -1, -1))
    return [Edges(day, *map(_second, zones.day_edges(zone, day))) for day in days]


def days_of(found: Sequence[Stretch], wanted: Sequence[Edges]) -> list[Day]:
    """Cut *found*, in order and without holes, into the days *wanted*, in order."""
    cut = [(_second(each.start), _second(each.end), each.state) for each in found]
    made, place = [], 0
    for edge in wanted:
        while place < len(cut) and cut[place][1] <= edge.start:
            place += 1
        made.append(Day(edge.day, edge.end - edge.start, _shares(cut, place, edge)))
    return made


def uptime(counted: Iterable[Mapping[State, int]]) -> int | None:
    """Return the share of known seconds that worked, in hundredths of a per cent.

    Floored, so that it never rounds up to a whole; None where nothing is known.
    """
    known = lost = 0
    for seconds in counted:
        for state, much in seconds.items():
            known += much
            lost += much * WEIGHTS.get(state, 0)
    return (10 * known - lost) * _WHOLE // (10 * known) if known else None


def _shares(
    cut: Sequence[tuple[int, int, State | None]], place: int, edge: Edges
) -> dict[State, int]:
    seconds: dict[State, int] = {}
    for begins, ends, state in cut[place:]:
        if begins >= edge.end:
            break
        much = min(ends, edge.end) - max(begins, edge.start)
        if state is not None and much > 0:
            seconds[state] = seconds.get(state, 0) + much
    return seconds


def _second(instant: datetime) -> int:
    return int(instant.timestamp())
