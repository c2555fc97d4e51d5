"""Two pictures of a rollout as plain numbers: waves on a world clock, and people over time.

A template turns them into SVG with the sheet's colours; a table beside them says the same in words.
Units are those of the view box.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduling import zones

WORLD_HOURS = 26  # from Kiritimati to Baker Island: one local hour takes so long around the earth
MOST_ROWS = 16
LEFT, WIDTH, ROW, TOP = 150.0, 900.0, 26.0, 34.0
CURVE_HEIGHT, CURVE_LEFT, CURVE_TOP = 220.0, 46.0, 26.0


@dataclass(frozen=True, slots=True)
class Wave:
    """People of one schedule class who are due at one instant; *kind* is a colour."""

    zones: tuple[str, ...]
    due_at: datetime
    close_at: datetime | None
    people: int
    kind: str  # `part-…` of the sheet: good, busy, warn, bad, rest
    stage: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across a picture and what stands at its end."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that lasts."""

    x: float
    width: float
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A wave: the more people, the larger."""

    x: float
    radius: float
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """One schedule class: where its windows are open, and its waves."""

    y: float
    zone: str
    others: int
    offset: timedelta
    bars: tuple[Bar, ...]
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class World:
    """Waves over 26 hours, the earliest clocks on top."""

    start: datetime
    height: float
    hours: tuple[Tick, ...]
    rows: tuple[Row, ...]
    hidden: int  # classes without room
    later: int  # waves after the 26 hours
    now: float | None  # where the present is


@dataclass(frozen=True, slots=True)
class Band:
    """A stage on the curve."""

    x: float
    width: float
    no: int


@dataclass(frozen=True, slots=True)
class Curve:
    """How many have it, over time; *points* as SVG writes them."""

    points: str
    bands: tuple[Band, ...]
    levels: tuple[Tick, ...]
    times: tuple[tuple[float, datetime], ...]
    now: float | None


def world(waves: Sequence[Wave], zone: str, now: datetime | None = None) -> World | None:
    """Return the first 26 hours of *waves*, hours on the clock of *zone*; None without waves."""
    if not waves:
        return None
    start = _hour(min(wave.due_at for wave in waves))
    end = start + timedelta(hours=WORLD_HOURS)
    seen = [wave for wave in waves if wave.due_at < end]
    groups: dict[tuple[str, ...], list[Wave]] = {}
    for wave in seen:
        groups.setdefault(wave.zones, []).append(wave)
    largest = sorted(groups.items(), key=lambda it: -sum(wave.people for wave in it[1]))[:MOST_ROWS]
    shown = sorted(largest, key=lambda it: (-zones.offset(it[0][0], start), it[0][0]))
    most = max(wave.people for wave in seen)
    return World(
        start,
        TOP + ROW * len(shown) + 8,
        tuple(_hours(start, zone)),
        tuple(
            _row(TOP + ROW * index, names, group, start, most)
            for index, (names, group) in enumerate(shown)
        ),
        len(groups) - len(shown),
        len(waves) - len(seen),
        _x(now, start) if now and start <= now < end else None,
    )


def curve(
    reached: Sequence[tuple[datetime, int]],
    stages: Iterable[tuple[int, datetime, datetime | None]],
    total: int,
    now: datetime | None = None,
) -> Curve | None:
    """Return how *reached* (instant, people so far) grows to *total*; None without people.

    *stages* are (number, opened, when the next may open).
    """
    if not reached or not total:
        return None
    stages = list(stages)
    start = min(reached[0][0], *(opened for _, opened, _ in stages)) if stages else reached[0][0]
    end = max(reached[-1][0], start + timedelta(minutes=1), now or start)
    length = (end - start) / timedelta(seconds=1)
    steps = min(4, int(length // 60))  # labels tell minutes: no two of them are alike

    def across(at: datetime) -> float:
        part = (at - start) / timedelta(seconds=1) / length
        return round(CURVE_LEFT + (WIDTH - CURVE_LEFT) * min(max(part, 0), 1), 2)

    def up(people: int) -> float:
        return round(CURVE_TOP + (CURVE_HEIGHT - CURVE_TOP) * (1 - people / total), 2)

    points = [(across(start), up(0)), *((across(at), up(people)) for at, people in reached)]
    return Curve(
        " ".join(f"{x},{y}" for x, y in points),
        tuple(
            Band(across(opened), across(until or end) - across(opened), no)
            for no, opened, until in stages
        ),
        tuple(Tick(up(round(total * part)), f"{part:.0%}") for part in (0, 0.5, 0.95, 1)),
        tuple((across(at), at)
              for at in (start + (end - start) * step / steps for step in range(steps + 1))),
        across(now) if now and start <= now <= end else None,
    )  # fmt: skip


def _hour(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)


def _x(at: datetime, start: datetime) -> float:
    part = (at - start) / timedelta(hours=WORLD_HOURS)
    return round(LEFT + (WIDTH - LEFT) * min(max(part, 0.0), 1.0), 2)


def _hours(start: datetime, zone: str) -> Iterable[Tick]:
    for hour in range(0, WORLD_HOURS + 1, 2):
        at = start + timedelta(hours=hour)
        yield Tick(_x(at, start), f"{zones.wall_clock(zone, at):%H:%M}")


def _row(
    y: float, names: tuple[str, ...], waves: Sequence[Wave], start: datetime, most: int
) -> Row:
    end = start + timedelta(hours=WORLD_HOURS)
    return Row(
        y,
        names[0],
        len(names) - 1,
        zones.offset(names[0], start),
        tuple(
            Bar(
                _x(wave.due_at, start),
                max(2.0, _x(wave.close_at or end, start) - _x(wave.due_at, start)),
                wave.kind,
                _clock(names[0], wave),
            )
            for wave in waves
        ),
        tuple(
            Dot(
                _x(wave.due_at, start),
                round(3 + 8 * (wave.people / most) ** 0.5, 2),
                wave.kind,
                f"{wave.people} · {wave.stage} · {_clock(names[0], wave)}",
            )
            for wave in waves
        ),
    )


def _clock(zone: str, wave: Wave) -> str:
    return f"{zones.wall_clock(zone, wave.due_at):%H:%M}"
