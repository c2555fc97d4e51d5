"""What comes back: every day, every week, the first Monday of a month; on somebody's own clock.

Rules are RFC 5545 (RRULE), worked out on the wall clock and only then turned into instants: nine
o'clock stays nine o'clock when the clocks change. A time that a clock skips moves to the end of
the gap, one it shows twice happens once, at its first pass.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from dateutil.rrule import rrulestr

from scheduling import zones
from scheduling.plan_fields import BadField

MOST = 1000
"""No rule is followed further than this many times: one may never match again."""


def occurrences(rule: str, begin: datetime, zone: str, after: datetime) -> Iterator[datetime]:
    """Yield the instants after *after* at which *rule* comes round in *zone*, in order, in UTC.

    *begin* is the naive wall clock of the first time, such as 2026-11-23T09:00; *rule* such as
    FREQ=WEEKLY;BYDAY=MO. Raises BadField, a ValueError, for a rule that cannot be read.
    """
    try:
        found = rrulestr(rule, dtstart=begin, cache=False)
    except (ValueError, KeyError, TypeError) as error:
        raise BadField("rule", f"is no recurrence rule: {error}") from None
    # A gap may move a time later: look from a day before, and compare instants.
    start = zones.wall_clock(zone, after) - timedelta(days=1)
    last = after
    for clock in islice(found.xafter(start, inc=True), MOST):
        instant = zones.to_utc(zone, clock)
        if instant > last:
            yield instant
            last = instant


def following(rule: str, begin: datetime, zone: str, after: datetime) -> datetime | None:
    """Return the first of them, None if there is none."""
    return next(occurrences(rule, begin, zone, after), None)
