"""What comes back, on the clock of whoever it concerns."""

from datetime import datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling import zones
from scheduling.recurrence import following, occurrences
from tests.scheduling.instants import utc

clock = datetime.fromisoformat
NINE = clock("2024-01-01T09:00")
DAILY, MONDAYS = "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO"


class TestOccurrences:
    def test_nine_o_clock_stays_nine_when_the_clocks_change(self):
        days = islice(occurrences(DAILY, NINE, "Europe/Paris", utc("2026-03-27T12:00")), 3)
        assert list(days) == [
            utc("2026-03-28T08:00"),
            utc("2026-03-29T07:00"),
            utc("2026-03-30T07:00"),
        ]

    def test_a_time_that_the_clock_skips_moves_to_the_end_of_the_gap(self):
        half_past_two = clock("2026-03-01T02:30")
        found = following(DAILY, half_past_two, "Europe/Paris", utc("2026-03-28T12:00"))
        assert found == utc("2026-03-29T01:00")

    def test_a_time_that_comes_twice_counts_once(self):
        half_past_two = clock("2026-10-01T02:30")
        days = occurrences(DAILY, half_past_two, "Europe/Paris", utc("2026-10-24T12:00"))
        assert list(islice(days, 2)) == [utc("2026-10-25T00:30"), utc("2026-10-26T01:30")]

    def test_mondays_are_those_of_whoever_lives_there(self):
        found = following(MONDAYS, NINE, "Pacific/Kiritimati", utc("2026-11-23T12:00"))
        assert found == utc("2026-11-29T19:00")

    def test_one_that_ends_gives_nothing_more(self):
        assert following("FREQ=DAILY;COUNT=3", NINE, "UTC", utc("2026-11-23T12:00")) is None

    @pytest.mark.parametrize("rule", ["", "FREQ=SOMETIMES", "BYDAY=MO", "DAILY;;="])
    def test_what_is_no_rule_is_refused(self, rule):
        with pytest.raises(ValueError, match="rule"):
            following(rule, NINE, "UTC", utc("2026-11-23T12:00"))

    @given(
        st.sampled_from(["Europe/Paris", "America/Havana", "Australia/Lord_Howe", "Asia/Tokyo"]),
        st.integers(0, 24 * 365 * 5),
        st.integers(0, 23),
    )
    def test_the_next_one_is_after_and_no_more_than_a_day_and_a_change_away(
        self, zone, hours, hour
    ):
        after = utc("2025-01-01T00:00") + timedelta(hours=hours)
        found = following(DAILY, NINE.replace(hour=hour), zone, after)
        assert found is not None
        assert after < found <= after + timedelta(hours=25)
        assert zones.wall_clock(zone, found).hour in (hour, (hour + 1) % 24)
