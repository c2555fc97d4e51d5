"""Instants and windows written the way people say them."""

from datetime import UTC, datetime, time

from scheduling.windows import Rule, Window

EVERY_DAY = frozenset(range(7))
WEEKDAYS = frozenset(range(5))


def utc(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC)


def wall(stamp: str) -> datetime:
    """What a clock shows: no instant."""
    return datetime.fromisoformat(stamp)


def daily(start: str, end: str, days: frozenset[int] = EVERY_DAY, **limits) -> Rule:
    window = Window(days, time.fromisoformat(start), time.fromisoformat(end))
    return Rule((window,), **limits)
