"""When a maintenance comes back: pure functions on what an event says of its series."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduling import zones
from scheduling.plan_fields import BadField
from scheduling.recurrence import following
from service.errors import Fault
from service.events.models import Category, Event
from service.events.wishes import EventWish, Recurrence

LONGEST_AHEAD = 90  # days
LONGEST_RULE = 200  # characters


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time of a series: its public id, when the first was planned for, and when this one."""

    series: str
    series_from: datetime | None
    occurs_at: datetime | None


def faults_of_recurrence(wish: EventWish, zone: str) -> Iterator[Fault]:
    """Yield what forbids an event to come back as often as it is wished for."""
    wanted, first = wish.recurrence, wish.first
    if wanted is None:
        return
    if wish.category is not Category.MAINTENANCE:
        yield Fault("/recurrence", f"{wish.category} does not come back by itself", "category")
    if first.starts_at is None or first.ends_at is None:
        yield Fault("/ends_at", "what comes back needs a start and an end", "missing")
    if not 0 <= wanted.ahead_days <= LONGEST_AHEAD:
        yield Fault("/recurrence/ahead_days", f"use 0 to {LONGEST_AHEAD}", "range")
    yield from _faults_of_rule(wanted.rule, first.starts_at, zone)


def _faults_of_rule(rule: str, begin: datetime | None, zone: str) -> Iterator[Fault]:
    if len(rule) > LONGEST_RULE or "\n" in rule or not rule.upper().startswith("FREQ="):
        yield Fault("/recurrence/rule", "write a rule such as FREQ=WEEKLY;BYDAY=TU", "rule")
    elif any(f"FREQ={often}" in rule.upper() for often in ("HOURLY", "MINUTELY", "SECONDLY")):
        yield Fault("/recurrence/rule", "comes back daily at most", "rule")
    elif begin is not None:
        try:
            following(rule, zones.wall_clock(zone, begin).replace(tzinfo=None), zone, begin)
        except BadField as error:
            yield Fault("/recurrence/rule", str(error), "rule")


def repeat(event: Event, wish: Recurrence | None, now: Occurrence) -> None:
    """Let *event* be an occurrence that carries its series on; None: it ends with this one."""
    event.rule = wish.rule if wish else None
    event.ahead_days = wish.ahead_days if wish else None
    event.recurs_at = None
    if wish or event.series:
        event.series, event.series_from, event.occurs_at = (
            now.series, now.series_from, now.occurs_at,
        )  # fmt: skip


def next_time(event: Event, zone: str, after: datetime | None = None) -> datetime | None:
    """Return when the series of *event* comes round next, at the latest after *after*; or None."""
    if not (event.rule and event.series_from and event.occurs_at):
        return None
    begin = zones.wall_clock(zone, event.series_from).replace(tzinfo=None)
    return following(event.rule, begin, zone, max(event.occurs_at, after or event.occurs_at))


def announced_at(event: Event, occurs_at: datetime) -> datetime:
    """Return when the occurrence at *occurs_at* is announced."""
    return occurs_at - timedelta(days=event.ahead_days or 0)
