"""Zone names, wall clocks and day edges: the only file that imports pytz.

Clock changes come from the two tables on which pytz itself bisects (`_utc_transition_times`,
`_transition_info`), as they are: a copy of all zones would cost as much as reading them. They are
exact by construction, where probing every 3 h with bisection costs a hundred look-ups a fortnight
and misses a change undone within 3 h. The tests compare every change of every zone with pytz's
public `astimezone`.

The engine computes UTC → local only, which is total and unambiguous. `to_utc` and `day_edges`
go the other way, for people's forms. `is_dst` is never read: it is inverted in
Dublin and Casablanca.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

import pytz

NAMES: frozenset[str] = frozenset(pytz.all_timezones)
"""Every zone name there is, aliases included."""

DATA_VERSION: str = pytz.OLSON_VERSION  # type: ignore[attr-defined]  # missing from its stubs
"""The edition of the zone data, such as "2026f"; stored with whatever was computed from it."""

LAST_YEAR = 2037
"""pytz knows no clock change after this year, so its summers are wrong by an hour from 2038."""

END = datetime(LAST_YEAR + 1, 1, 2, tzinfo=UTC)
"""Where computing stops: the last known year has then ended on every clock, Etc/GMT+12 included."""

_BEGINNING = datetime(1, 1, 1)  # noqa: DTZ001 - as pytz has it
_FARTHEST_OFFSET = timedelta(days=1)


class UnknownZone(ValueError):
    """There is no zone of this name."""


class BeyondZoneData(ValueError):
    """The zone data say nothing about this time."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch [start, end) of UTC in which a zone's clock keeps the same offset."""

    start: datetime
    end: datetime
    offset: timedelta


@dataclass(frozen=True, slots=True)
class _Changes:
    """From `at[i]` (naive UTC) on, the clock is ahead by `states[i][0]`; time begins at `at[0]`.

    Neighbours may agree: a change of name or of is_dst alone moves no clock.
    """

    at: Sequence[datetime]
    states: Sequence[tuple[timedelta, *tuple[Any, ...]]]

    def index(self, moment: datetime) -> int:
        """The state in force at *moment* (UTC)."""
        return bisect_right(self.at, moment.replace(tzinfo=None)) - 1

    def ahead(self, index: int) -> timedelta:
        """How far the clock is ahead of UTC in a state."""
        return self.states[index][0]

    def following(self, index: int) -> int:
        """The next state with another offset; the number of states if there is none."""
        ahead, following = self.ahead(index), index + 1
        while following < len(self.at) and self.ahead(following) == ahead:
            following += 1
        return following


def of_region(code: str) -> str | None:
    """The zone of a country (ISO 3166-1, such as "FR") that has only one; None for all others."""
    names = pytz.country_timezones.get(code.upper(), ())
    return names[0] if len(names) == 1 else None


def is_zone(name: str) -> bool:
    """Whether *name* is a zone name, spelt exactly."""
    return name in NAMES


def wall_clock(zone: str, instant: datetime) -> datetime:
    """What a clock in *zone* shows at *instant*, as a naive datetime."""
    return (_utc(instant) + offset(zone, instant)).replace(tzinfo=None)


def offset(zone: str, instant: datetime) -> timedelta:
    """How far the clock of *zone* is ahead of UTC at *instant*.

    Raises UnknownZone, BeyondZoneData, and ValueError for a naive instant.
    """
    moment = _utc(instant)
    changes = _changes(zone)
    if moment >= END:
        raise _beyond(zone)
    return changes.ahead(changes.index(moment))


def pieces(zone: str, start: datetime, end: datetime) -> Iterator[Piece]:
    """Yield [start, end) cut at the clock changes of *zone*, in order.

    Each piece is maximal and exact to the second. When *end* lies beyond the zone data,
    BeyondZoneData is raised after the last piece that is known.
    """
    start, end = _utc(start), _utc(end)
    changes = _changes(zone)
    index = changes.index(start)
    while start < min(end, END):
        following = changes.following(index)
        change = (each.replace(tzinfo=UTC) for each in changes.at[following : following + 1])
        until = min(end, END, *change)
        yield Piece(start, until, changes.ahead(index))
        start, index = until, following
    if start < end:
        raise _beyond(zone)


def to_utc(zone: str, naive: datetime) -> datetime:
    """The instant at which the clock of *zone* shows *naive*; for what people type in forms.

    A time the clock skipped (a gap) gives the end of the gap, a time it shows twice (a fold)
    its first pass. Raises BeyondZoneData after the last year known.
    """
    as_if_utc = naive.replace(tzinfo=UTC)
    around = pieces(zone, as_if_utc - _FARTHEST_OFFSET, as_if_utc + _FARTHEST_OFFSET)
    for piece in around:
        moment = as_if_utc - piece.offset
        if moment < piece.end:
            return max(moment, piece.start)
    raise _beyond(zone)


def day_edges(zone: str, day: date) -> tuple[datetime, datetime]:
    """The instants [start, end) between which *zone* has *day*: 23 to 25 h as a rule.

    Both are equal for a day that never was (Apia, 2011-12-30). Raises BeyondZoneData after the
    last year known.
    """
    if day.year > LAST_YEAR:
        raise _beyond(zone)
    midnight = datetime.combine(day, time())
    return to_utc(zone, midnight), to_utc(zone, midnight + timedelta(days=1))


@cache
def _changes(zone: str) -> _Changes:
    # The check comes first: pytz would also take "europe/paris", and the cache stays bounded.
    if zone not in NAMES:
        raise UnknownZone(f"{zone!r} is no time zone")
    known = pytz.timezone(zone)
    fixed = known.utcoffset(None) or timedelta(0)  # of the zones whose clocks never change
    return _Changes(
        getattr(known, "_utc_transition_times", (_BEGINNING,)),
        getattr(known, "_transition_info", ((fixed,),)),
    )


def _utc(instant: datetime) -> datetime:
    # astimezone() would silently read a naive instant on this machine's own clock.
    if instant.tzinfo is None:
        raise ValueError(f"{instant} is a wall clock, not an instant")
    return instant.astimezone(UTC)


def _beyond(zone: str) -> BeyondZoneData:
    return BeyondZoneData(f"the clock of {zone} is not known after {LAST_YEAR}")
