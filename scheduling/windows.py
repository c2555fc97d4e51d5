"""The instants at which a message may reach someone, by the recipient's own wall clock.

`allowed` is a predicate on instants and the rest follows from it: time is cut into pieces of
constant offset, in each of which a local time of day is one known instant. Gaps, folds, skipped
days and half-hour zones are then no special cases.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise

from scheduling import zones
from scheduling.rules import EVERY_DAY, QuietHours, Rule, Span, Window

__all__ = [
    "Doorkeeper",
    "Interval",
    "QuietHours",
    "Rule",
    "Window",
    "allowed",
    "due",
    "local_day",
    "merged",
    "openings",
    "stretches",
]

_ONE_DAY, _ONE_MINUTE = timedelta(days=1), timedelta(minutes=1)
_WHOLE_DAY: tuple[Span, ...] = ((timedelta(0), _ONE_DAY),)
_ALWAYS = (_WHOLE_DAY,) * 7
_FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Interval:
    """The instants [start, end), in UTC."""

    start: datetime
    end: datetime


def allowed(zone: str, instant: datetime, rule: Rule, quiet: QuietHours | None = None) -> bool:
    """Whether *rule* lets a message reach someone in *zone* at *instant*.

    True when the wall clock lies in a window, on a date without blackout, outside the recipient's
    own *quiet* hours, and the instant lies in [not_before, expires).
    """
    return rule.alive(instant) and _is_open(zone, instant, rule, quiet)


@dataclass(slots=True)
class Doorkeeper:
    """Remembers for a minute in which zones *rule* has its windows open.

    Windows, dates and clocks change at whole minutes: of 1972 and later no clock is off by seconds.
    """

    rule: Rule
    _known: tuple[datetime, dict[str, bool]] = field(
        default_factory=lambda: (datetime.min.replace(tzinfo=UTC), {})
    )

    def allowed(self, zone: str, instant: datetime) -> bool:
        """As `allowed` says it of somebody without quiet hours."""
        minute, is_open = self._known
        if not timedelta(0) <= instant - minute < _ONE_MINUTE:
            minute, is_open = self._known = instant.replace(second=0, microsecond=0), {}
        if zone not in is_open:
            is_open[zone] = _is_open(zone, instant, self.rule, None)
        return is_open[zone] and self.rule.alive(instant)


def due(zone: str, from_: datetime, rule: Rule, quiet: QuietHours | None = None) -> datetime | None:
    """The first allowed instant that is not before *from_*; None if there is none.

    Raises zones.BeyondZoneData when that cannot be known before the zone data end.
    """
    if not any(_week(rule.windows, quiet)):
        return None
    first = next(stretches(zone, from_, _FOREVER, rule, quiet), None)
    return first.start if first else None


def openings(
    zone: str, start: datetime, end: datetime, rule: Rule, quiet: QuietHours | None = None
) -> tuple[Interval, ...]:
    """The allowed instants of [start, end), as the fewest intervals, in order."""
    return tuple(merged(stretches(zone, start, end, rule, quiet)))


def local_day(zone: str, instant: datetime) -> Interval:
    """The instants around *instant* at which *zone* shows the same date, without a break.

    From instants to clocks only, as everything here: no midnight has to exist.
    """
    day = zones.wall_clock(zone, instant).date()
    near = zones.pieces(zone, instant - 2 * _ONE_DAY, instant + 2 * _ONE_DAY)
    found = merged(part for piece in near for part in _opened(piece, day, _WHOLE_DAY))
    return next(part for part in found if part.start <= instant < part.end)


def stretches(
    zone: str, start: datetime, end: datetime, rule: Rule, quiet: QuietHours | None = None
) -> Iterator[Interval]:
    """Yield the allowed instants of [start, end) in order, cut at clock changes and midnights."""
    week = _week(rule.windows, quiet)
    always = week == _ALWAYS and not rule.blackouts
    for piece in zones.pieces(zone, *rule.life(start, end)):
        if always:
            yield Interval(piece.start, piece.end)
            continue
        for day in _dates(piece):
            if day not in rule.blackouts:
                yield from _opened(piece, day, week[day.weekday()])


def merged(intervals: Iterable[Interval]) -> Iterator[Interval]:
    """Yield *intervals*, which come in order, with those that touch made one."""
    waiting: Interval | None = None
    for interval in intervals:
        if waiting is None:
            waiting = interval
        elif interval.start <= waiting.end:
            waiting = Interval(waiting.start, interval.end)
        else:
            yield waiting
            waiting = interval
    if waiting is not None:
        yield waiting


def _is_open(zone: str, instant: datetime, rule: Rule, quiet: QuietHours | None) -> bool:
    local = zones.wall_clock(zone, instant)
    if local.date() in rule.blackouts:
        return False
    clock = local - datetime.combine(local, time())
    spans = _week(rule.windows, quiet)[local.weekday()]
    return any(start <= clock < end for start, end in spans)


def _dates(piece: zones.Piece) -> Iterator[date]:
    day = (piece.start + piece.offset).date()
    last = (piece.end + piece.offset).date()
    while day <= last:
        yield day
        day += _ONE_DAY


def _opened(piece: zones.Piece, day: date, spans: tuple[Span, ...]) -> Iterator[Interval]:
    """Where *piece* is inside the *spans* of a local *day*."""
    midnight = datetime.combine(day, time(), UTC) - piece.offset
    for opens, closes in spans:
        start, end = max(midnight + opens, piece.start), min(midnight + closes, piece.end)
        if start < end:
            yield Interval(start, end)


@lru_cache(maxsize=1024)
def _week(windows: tuple[Window, ...], quiet: QuietHours | None) -> tuple[tuple[Span, ...], ...]:
    """The open spans of each local day, Monday first, whatever the date."""
    opened = [span for window in windows for span in window.spans()]
    silent = list(quiet.spans()) if quiet else []
    return tuple(
        _open_spans(
            [span for weekday, span in opened if weekday == day] if windows else _WHOLE_DAY,
            [span for weekday, span in silent if weekday == day],
        )
        for day in sorted(EVERY_DAY)
    )


def _open_spans(opened: Iterable[Span], silent: Iterable[Span]) -> tuple[Span, ...]:
    """*opened* without *silent*: between two neighbouring edges nothing changes."""
    opened, silent = tuple(opened), tuple(silent)
    edges = sorted({edge for span in (*opened, *silent) for edge in span})
    return tuple(
        (start, end)
        for start, end in pairwise(edges)
        if _covers(opened, start) and not _covers(silent, start)
    )


def _covers(spans: Iterable[Span], clock: timedelta) -> bool:
    return any(start <= clock < end for start, end in spans)
