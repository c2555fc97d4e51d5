"""When to try again, or give up: the retry schedules of e-mail and webhooks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduling.waves import jitter


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long to wait after the first failed attempt, the second … and then no more.

    Each wait grows by up to *spread* of itself, so that what failed together does not return
    together.
    """

    waits: tuple[timedelta, ...]
    spread: float = 0.0


# 7 h 51 min by the growing waits; ten of 4 h then end at 47 h 51 min, the last before 48 h.
EMAIL = Schedule(
    waits=(
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=15),
        timedelta(minutes=30),
        timedelta(hours=1),
        timedelta(hours=2),
        timedelta(hours=4),
        *[timedelta(hours=4)] * 10,
    )
)
"""1, 5, 15, 30 min, 1, 2, 4 h, then every 4 h until 48 h."""

WEBHOOK = Schedule(
    waits=(
        timedelta(seconds=5),
        timedelta(seconds=30),
        timedelta(minutes=2),
        timedelta(minutes=10),
        timedelta(minutes=30),
        timedelta(hours=1),
        timedelta(hours=3),
        timedelta(hours=6),
        timedelta(hours=12),
        timedelta(hours=24),
        timedelta(hours=24),
    ),
    spread=0.1,
)
"""5 s, 30 s, 2, 10, 30 min, 1, 3, 6, 12, 24, 24 h, each + 0 to 10 %."""


def next_try(
    schedule: Schedule,
    attempt: int,
    failed_at: datetime,
    seed: int,
    *,
    retry_after: timedelta | None = None,
    give_up_at: datetime | None = None,
) -> datetime | None:
    """When to try again after *attempt* (1 for the first) failed; None to give up.

    The far side's *retry_after* (RFC 9110 section 10.2.3) may put a try off, to the longest wait
    of the schedule at most, and never hurries one. Nothing is tried at *give_up_at* or later.
    The same *seed* and attempt always give the same instant.
    """
    if attempt < 1:
        raise ValueError("attempt: counts from 1")
    if attempt > len(schedule.waits):
        return None
    asked = min(retry_after or timedelta(0), max(schedule.waits))
    wait = max(schedule.waits[attempt - 1], asked)
    again = failed_at + wait + jitter(seed, attempt, wait * schedule.spread)
    return None if give_up_at and again >= give_up_at else again
