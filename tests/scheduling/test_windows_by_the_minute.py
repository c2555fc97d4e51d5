"""scheduling.windows, against asking every minute whether it is allowed"""

from datetime import UTC, date, datetime, time, timedelta

import pytz
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling import zones
from scheduling.windows import (
    Doorkeeper,
    Interval,
    QuietHours,
    Rule,
    Window,
    allowed,
    due,
    openings,
)

MINUTE = timedelta(minutes=1)
ODD = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Asuncion",
    "America/Havana",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
]
ZONES = st.one_of(st.sampled_from(ODD), st.sampled_from(sorted(zones.NAMES)))
NIGHT = st.integers(0, 5 * 60)
CLOCKS = st.one_of(NIGHT, st.integers(0, 24 * 60 - 1)).map(lambda m: time(m // 60, m % 60))
DAYS = st.frozensets(st.integers(0, 6), min_size=1)
WINDOWS = st.lists(st.builds(Window, DAYS, CLOCKS, CLOCKS), max_size=3).map(tuple)
QUIET = st.one_of(
    st.none(),
    st.tuples(CLOCKS, CLOCKS)
    .filter(lambda hours: hours[0] != hours[1])
    .map(lambda h: QuietHours(*h)),
)


@st.composite
def places_in_time(draw):
    """A zone and an instant, mostly hours away from a change of its clock."""
    zone = draw(ZONES)
    cut = list(zones.pieces(zone, datetime(2000, 1, 1, tzinfo=UTC), zones.END))
    near = draw(st.sampled_from(cut)).start
    return zone, near + MINUTE * draw(st.integers(-36 * 60, 12 * 60))


@st.composite
def rules(draw, around: datetime):
    days = st.integers(-2, 3).map(lambda n: around.date() + timedelta(days=n))
    minutes = st.one_of(st.none(), st.integers(-600, 2000))
    first, length = draw(minutes), draw(st.one_of(st.none(), st.integers(1, 2000)))
    start = None if first is None else around + MINUTE * first
    end = None if length is None else (start or around) + MINUTE * length
    return Rule(draw(WINDOWS), draw(st.frozensets(days, max_size=2)), start, end)


def says_the_design(zone: str, instant: datetime, rule: Rule, quiet: QuietHours | None) -> bool:
    """The predicate as it is written, on the source's own clock."""
    local = instant.astimezone(pytz.timezone(zone))
    if rule.not_before is not None and instant < rule.not_before:
        return False
    if rule.expires is not None and instant >= rule.expires:
        return False
    if local.date() in rule.blackouts:
        return False
    if quiet and is_in(local.time(), local.date(), quiet.start, quiet.end, frozenset(range(7))):
        return False
    return not rule.windows or any(
        is_in(local.time(), local.date(), w.start, w.end, w.days) for w in rule.windows
    )


def is_in(clock: time, day: date, start: time, end: time, days: frozenset[int]) -> bool:
    today, yesterday = day.weekday() in days, (day.weekday() - 1) % 7 in days
    if start < end:
        return today and start <= clock < end
    return (today and clock >= start) or (yesterday and clock < end)


def runs(minutes: list[datetime]) -> tuple[Interval, ...]:
    """The fewest intervals that hold these *minutes*."""
    starts = [m for i, m in enumerate(minutes) if i == 0 or minutes[i - 1] != m - MINUTE]
    ends = [m for i, m in enumerate(minutes) if m == minutes[-1] or minutes[i + 1] != m + MINUTE]
    return tuple(Interval(start, end + MINUTE) for start, end in zip(starts, ends, strict=True))


class TestEveryMinute:
    @settings(max_examples=100, deadline=None)
    @given(places_in_time(), st.data())
    def test_openings_and_due_follow_from_the_predicate(self, place, data):
        zone, start = place
        end = start + timedelta(hours=40)
        rule, quiet = data.draw(rules(start)), data.draw(QUIET)
        minutes = [start + MINUTE * n for n in range(40 * 60)]
        open_minutes = [m for m in minutes if says_the_design(zone, m, rule, quiet)]

        assert openings(zone, start, end, rule, quiet) == runs(open_minutes)
        first = due(zone, start, rule, quiet)
        if open_minutes:
            assert first == open_minutes[0]
        else:
            assert first is None or first >= end

    @given(places_in_time(), st.integers(0, 60_000_000), st.data())
    def test_allowed_is_the_predicate_at_any_microsecond(self, place, microseconds, data):
        zone, start = place
        instant = start + timedelta(microseconds=microseconds)
        rule, quiet = data.draw(rules(start)), data.draw(QUIET)
        assert allowed(zone, instant, rule, quiet) is says_the_design(zone, instant, rule, quiet)

    @given(places_in_time(), st.lists(st.integers(-90, 90), max_size=8), st.data())
    def test_a_doorkeeper_says_the_same_whatever_it_was_asked_before(self, place, seconds, data):
        zone, start = place
        rule = data.draw(rules(start))
        asked = Doorkeeper(rule)
        for instant in (start + timedelta(seconds=each, microseconds=each) for each in seconds):
            for each in (zone, "UTC"):
                assert asked.allowed(each, instant) is allowed(each, instant, rule)

    @given(places_in_time(), st.integers(0, 60_000_000), st.data())
    def test_due_is_allowed_and_nothing_before_it_is(self, place, microseconds, data):
        zone, start = place
        instant = start + timedelta(microseconds=microseconds)
        rule, quiet = data.draw(rules(start)), data.draw(QUIET)
        first = due(zone, instant, rule, quiet)
        if first is not None:
            assert first >= instant
            assert allowed(zone, first, rule, quiet)
            assert openings(zone, instant, first, rule, quiet) == ()
            assert due(zone, first, rule, quiet) == first
