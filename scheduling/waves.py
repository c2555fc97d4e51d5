"""Turns zones and windows into schedule classes, and a late start into the wave it becomes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from scheduling import zones
from scheduling.windows import (
    Interval,
    Rule,
    allowed,
    due,
    local_day,
    merged,
    openings,
    stretches,
)

_LONGEST = timedelta(days=400)
"""An opening that lasts longer than any season of windows and blackouts is without end."""


class Late(StrEnum):
    """What becomes of people whose window of the day has gone by when their wave is made."""

    NEXT_WINDOW = "next_window"
    SKIP = "skip"
    IMMEDIATELY = "immediately"


@dataclass(frozen=True, slots=True)
class ScheduleClass:
    """Zones that open and close at the same instants over the horizon, numbered from 1."""

    no: int
    zones: tuple[str, ...]
    openings: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class WaveTime:
    """A wave may send in [due_at, close_at), in UTC; None closes never."""

    due_at: datetime
    close_at: datetime | None


def classes(
    names: Iterable[str], rule: Rule, start: datetime, horizon: timedelta
) -> tuple[ScheduleClass, ...]:
    """Group zone *names* by their openings in [start, start + horizon).

    Ordered by first opening, then by smallest zone name; classes that never open come last.
    """
    end = start + horizon
    # Zones whose clocks agree open together, so the windows are worked out once for all of them.
    clocks = defaultdict(list)
    for name in set(names):
        clocks[tuple(zones.pieces(name, start, end))].append(name)
    groups: defaultdict[tuple[Interval, ...], list[str]] = defaultdict(list)
    for alike in clocks.values():
        groups[openings(alike[0], start, end, rule)] += alike
    order = sorted(
        (opens[0].start if opens else end, sorted(group), opens) for opens, group in groups.items()
    )
    return tuple(
        ScheduleClass(no, tuple(group), opens) for no, (_, group, opens) in enumerate(order, 1)
    )


def next_wave(
    zone: str,
    from_: datetime,
    rule: Rule,
    late: Late,
    minimum_left: timedelta = timedelta(minutes=15),
) -> WaveTime | None:
    """When people of *zone* get what is ready at *from_*; None if they get nothing.

    Inside a window with *minimum_left* before it closes: now. Before the day's window: when it
    opens. Once the day's last window has gone by, or nearly, *late* decides: at the next window,
    never, or now until local midnight although no window is open.
    """
    now = max(from_, rule.not_before or from_)
    wave = _opening(zone, now, rule)
    if wave and wave.due_at == now:
        if _lasts(zone, wave, rule, minimum_left):
            return wave
        wave = _opening(zone, wave.close_at, rule) if wave.close_at else None
    if late is Late.NEXT_WINDOW or not _missed(zone, now, wave, rule):
        return wave
    if late is Late.SKIP or not rule.alive(now):
        return None
    midnight = local_day(zone, now).end
    return WaveTime(now.astimezone(UTC), min(midnight, rule.expires or midnight))


def jitter(seed: int, key: int, within: timedelta) -> timedelta:
    """A delay in [0, within) that depends on *seed* and *key* only, spread evenly over keys.

    So load does not pile up at :00, and a plan computed twice is the same plan.
    """
    digest = blake2b(f"{seed}:{key}".encode(), digest_size=8).digest()
    return within // timedelta.resolution * int.from_bytes(digest) // 2**64 * timedelta.resolution


def _opening(zone: str, from_: datetime, rule: Rule) -> WaveTime | None:
    """The opening that holds *from_*, from there on, or else the next one."""
    start = due(zone, from_, rule)
    if start is None:
        return None
    end = next(merged(stretches(zone, start, start + _LONGEST, rule))).end
    return WaveTime(start, rule.expires if end == start + _LONGEST else end)


def _lasts(zone: str, wave: WaveTime, rule: Rule, minimum_left: timedelta) -> bool:
    """Whether a *wave* that is open now has time enough, or is as long as it will ever be."""
    if wave.close_at in (None, rule.expires) or wave.close_at - wave.due_at >= minimum_left:
        return True
    # A window shorter than the minimum would otherwise be put off for ever.
    just_before = wave.due_at - timedelta.resolution
    return not allowed(zone, just_before, replace(rule, not_before=None))


def _missed(zone: str, now: datetime, following: WaveTime | None, rule: Rule) -> bool:
    """Whether the local day of *now* had an opening that began before and has no more to come.

    An opening before not-before counts: who starts in the evening is late, whatever the plan says.
    """
    today = local_day(zone, now)
    begun = openings(zone, today.start, now, replace(rule, not_before=None))
    return bool(begun) and (following is None or following.due_at >= today.end)
