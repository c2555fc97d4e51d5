"""scheduling.windows: cases with names"""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling import zones
from scheduling.windows import Interval, QuietHours, Rule, allowed, due, local_day, openings
from scheduling.zones import BeyondZoneData, UnknownZone
from tests.scheduling.instants import EVERY_DAY, WEEKDAYS, daily, utc

OFFICE = daily("09:00", "20:00", WEEKDAYS)
NIGHT = QuietHours(time(22), time(7))


class TestDue:
    @pytest.mark.parametrize(
        ("now", "zone", "opening"),
        [
            ("2026-11-23T10:00", "Europe/Paris", "2026-11-23T10:00"),  # open: go now
            ("2026-11-23T05:00", "Europe/Paris", "2026-11-23T08:00"),  # before: today
            ("2026-11-23T19:00", "Europe/Paris", "2026-11-24T08:00"),  # closed: tomorrow
            ("2026-11-27T19:00", "Europe/Paris", "2026-11-30T08:00"),  # Friday: Monday
            ("2026-03-27T20:00", "Europe/Paris", "2026-03-30T07:00"),  # summer time starts
            ("2026-11-23T00:00", "Asia/Kathmandu", "2026-11-23T03:15"),  # +5:45
            ("2026-11-22T00:00", "Pacific/Chatham", "2026-11-22T19:15"),  # +13:45 in summer
            ("2026-07-05T00:00", "Pacific/Chatham", "2026-07-05T20:15"),  # +12:45 in winter
            ("2026-11-23T00:00", "Australia/Eucla", "2026-11-23T00:15"),  # +8:45
            ("2026-11-23T00:00", "America/St_Johns", "2026-11-23T12:30"),  # -3:30
        ],
    )
    def test_opens_at_nine_on_the_recipients_clock(self, now: str, zone: str, opening: str):
        assert due(zone, utc(now), OFFICE) == utc(opening)

    def test_monday_lasts_26_hours_longer_than_anyones_monday(self):
        monday = daily("00:00", "00:00", frozenset({0}))
        first = due("Pacific/Kiritimati", utc("2026-11-21"), monday)
        last = due("Etc/GMT+12", utc("2026-11-21"), monday)
        assert (first, last) == (utc("2026-11-22T10:00"), utc("2026-11-23T12:00"))

    def test_any_hour_will_do_without_windows(self):
        moment = utc("2026-11-23T03:04:05.678901")
        assert due("Europe/Paris", moment, Rule()) == moment

    def test_nothing_goes_before_not_before(self):
        rule = daily("09:00", "20:00", not_before=utc("2026-11-25T12:00"))
        assert due("Europe/Paris", utc("2026-11-23T10:00"), rule) == utc("2026-11-25T12:00")

    def test_nothing_goes_from_expiry_on(self):
        rule = daily("09:00", "20:00", expires=utc("2026-11-24T08:00"))
        assert due("Europe/Paris", utc("2026-11-23T18:59"), rule) == utc("2026-11-23T18:59")
        assert due("Europe/Paris", utc("2026-11-23T19:00"), rule) is None
        assert due("Europe/Paris", utc("2026-12-01T10:00"), rule) is None

    def test_quiet_hours_put_it_off_to_the_morning(self):
        late = daily("18:00", "00:00")
        assert due("Europe/Paris", utc("2026-11-23T21:00"), late, NIGHT) == utc("2026-11-24T17:00")
        assert due("Europe/Paris", utc("2026-11-23T21:00"), Rule(), NIGHT) == utc(
            "2026-11-24T06:00"
        )

    def test_quiet_hours_that_cover_the_window_leave_nothing(self):
        morning = daily("06:00", "07:00")
        assert due("Europe/Paris", utc("2026-11-23T21:00"), morning, NIGHT) is None

    def test_a_freeze_of_two_years_is_waited_for(self):
        freeze = frozenset(date(2026, 11, 23) + timedelta(days=n) for n in range(730))
        rule = daily("09:00", "20:00", blackouts=freeze)
        assert due("Europe/Paris", utc("2026-11-23T10:00"), rule) == utc("2028-11-22T08:00")

    def test_what_cannot_be_known_after_2037_is_refused(self):
        with pytest.raises(BeyondZoneData):
            due("Europe/Paris", utc("2038-07-01"), OFFICE)
        with pytest.raises(BeyondZoneData):
            due("Europe/Paris", utc("2026-07-01"), Rule(not_before=utc("2040-07-01")))

    def test_a_zone_that_does_not_exist_is_refused(self):
        with pytest.raises(UnknownZone):
            due("Europe/Atlantis", utc("2026-11-23"), OFFICE)


class TestWindowsPastMidnight:
    FRIDAY_NIGHT = daily("22:00", "06:00", frozenset({4}))

    def test_friday_night_is_friday_evening_and_saturday_morning(self):
        assert openings("UTC", utc("2026-11-23"), utc("2026-11-30"), self.FRIDAY_NIGHT) == (
            Interval(utc("2026-11-27T22:00"), utc("2026-11-28T06:00")),
        )

    def test_a_blackout_tests_the_instants_own_date(self):
        saturday = daily(
            "22:00", "06:00", frozenset({4}), blackouts=frozenset({date(2026, 11, 28)})
        )
        assert openings("UTC", utc("2026-11-23"), utc("2026-11-30"), saturday) == (
            Interval(utc("2026-11-27T22:00"), utc("2026-11-28T00:00")),
        )

    def test_sunday_night_ends_on_monday(self):
        sunday = daily("22:00", "06:00", frozenset({6}))
        assert allowed("UTC", utc("2026-11-23T05:59"), sunday)
        assert not allowed("UTC", utc("2026-11-24T05:59"), sunday)

    def test_an_end_at_midnight_closes_the_same_day(self):
        evening = daily("20:00", "00:00", frozenset({0}))
        assert openings("UTC", utc("2026-11-23"), utc("2026-11-30"), evening) == (
            Interval(utc("2026-11-23T20:00"), utc("2026-11-24T00:00")),
        )

    def test_equal_times_are_a_day_and_a_night(self):
        assert openings("UTC", utc("2026-11-24"), utc("2026-11-30"), daily("09:00", "09:00")) == (
            Interval(utc("2026-11-24"), utc("2026-11-30")),
        )


class TestGaps:
    NIGHT_SHIFT = daily("02:00", "04:00")

    @pytest.mark.parametrize(
        ("zone", "from_", "end_of_gap"),
        [
            ("America/New_York", "2026-03-08T06:30", "2026-03-08T07:00"),
            ("America/New_York", "2027-03-14T06:30", "2027-03-14T07:00"),
            ("Europe/Paris", "2026-03-29T00:30", "2026-03-29T01:00"),
            ("Australia/Lord_Howe", "2026-10-03T15:00", "2026-10-03T15:30"),  # half an hour
        ],
    )
    def test_a_window_that_starts_in_a_gap_opens_at_its_end(
        self, zone: str, from_: str, end_of_gap: str
    ):
        assert due(zone, utc(from_), self.NIGHT_SHIFT) == utc(end_of_gap)

    @pytest.mark.parametrize(
        ("zone", "day", "end_of_gap"),
        [
            ("America/Havana", "2026-03-08", "2026-03-08T05:00"),
            ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00"),
            ("America/Santiago", "2026-09-06", "2026-09-06T04:00"),
        ],
    )
    def test_a_day_whose_midnight_is_missing_opens_at_one(
        self, zone: str, day: str, end_of_gap: str
    ):
        from_ = utc(day) - timedelta(days=1)
        only = frozenset({date.fromisoformat(day).weekday()})
        assert due(zone, from_, daily("00:00", "02:00", only)) == utc(end_of_gap)

    def test_a_window_swallowed_whole_waits_for_the_next_day(self):
        swallowed = daily("02:10", "02:50")
        opening = due("America/New_York", utc("2026-03-08T06:30"), swallowed)
        assert opening == utc("2026-03-09T06:10")

    def test_a_day_that_never_was_has_no_window(self):
        rule = daily("09:00", "10:00")
        assert openings("Pacific/Apia", utc("2011-12-29"), utc("2012-01-01"), rule) == (
            Interval(utc("2011-12-29T19:00"), utc("2011-12-29T20:00")),  # Thursday 29th
            Interval(utc("2011-12-30T19:00"), utc("2011-12-30T20:00")),  # Saturday 31st
            Interval(utc("2011-12-31T19:00"), utc("2011-12-31T20:00")),  # Sunday 1st
        )


class TestFolds:
    @pytest.mark.parametrize(
        ("zone", "start", "end"),
        [
            ("America/New_York", "2026-11-01T05:00", "2026-11-01T07:00"),
            ("America/New_York", "2027-11-07T05:00", "2027-11-07T07:00"),
            ("Europe/Dublin", "2026-10-25T00:00", "2026-10-25T02:00"),
        ],
    )
    def test_an_hour_shown_twice_is_open_twice_as_long(self, zone: str, start: str, end: str):
        around = (utc(start) - timedelta(hours=6), utc(end) + timedelta(hours=6))
        assert openings(zone, *around, daily("01:00", "02:00")) == (Interval(utc(start), utc(end)),)

    def test_ramadan_repeats_an_hour_in_casablanca(self):
        day = (utc("2026-02-14T12:00"), utc("2026-02-15T12:00"))
        assert openings("Africa/Casablanca", *day, daily("02:00", "03:00")) == (
            Interval(utc("2026-02-15T01:00"), utc("2026-02-15T03:00")),
        )

    def test_lord_howe_repeats_half_an_hour(self):
        rule = daily("01:30", "02:00")
        assert openings("Australia/Lord_Howe", utc("2026-04-04"), utc("2026-04-05"), rule) == (
            Interval(utc("2026-04-04T14:30"), utc("2026-04-04T15:30")),
        )

    def test_a_minute_after_the_fold_may_be_before_the_window_again(self):
        rule = daily("01:30", "02:00")
        assert openings("America/New_York", utc("2026-11-01"), utc("2026-11-02"), rule) == (
            Interval(utc("2026-11-01T05:30"), utc("2026-11-01T06:00")),
            Interval(utc("2026-11-01T06:30"), utc("2026-11-01T07:00")),
        )

    @pytest.mark.parametrize(
        ("zone", "summer", "winter"),
        [("Europe/Dublin", "08:00", "09:00"), ("Africa/Casablanca", "08:00", "08:00")],
    )
    def test_nine_is_nine_where_summer_time_is_declared_backwards(
        self, zone: str, summer: str, winter: str
    ):
        nine = daily("09:00", "10:00")
        assert due(zone, utc("2026-07-01"), nine) == utc(f"2026-07-01T{summer}")
        assert due(zone, utc("2026-01-15"), nine) == utc(f"2026-01-15T{winter}")


class TestOpenings:
    def test_overlapping_windows_are_one_opening(self):
        rule = Rule((*daily("09:00", "13:00").windows, *daily("12:00", "18:00").windows))
        assert openings("UTC", utc("2026-11-23"), utc("2026-11-24"), rule) == (
            Interval(utc("2026-11-23T09:00"), utc("2026-11-23T18:00")),
        )

    def test_any_hour_is_one_opening_across_clock_changes(self):
        year = (utc("2026-01-01"), utc("2027-01-01"))
        assert openings("Europe/Paris", *year, Rule()) == (Interval(*year),)
        around_the_clock = daily("00:00", "00:00", EVERY_DAY)
        assert openings("Europe/Paris", *year, around_the_clock) == (Interval(*year),)

    def test_a_blackout_is_a_local_day(self):
        rule = Rule(blackouts=frozenset({date(2026, 12, 25)}))
        assert openings("Asia/Tokyo", utc("2026-12-24"), utc("2026-12-26"), rule) == (
            Interval(utc("2026-12-24"), utc("2026-12-24T15:00")),
            Interval(utc("2026-12-25T15:00"), utc("2026-12-26")),
        )

    def test_no_time_has_no_openings(self):
        assert openings("UTC", utc("2026-11-24"), utc("2026-11-23"), OFFICE) == ()


class TestLocalDay:
    @pytest.mark.parametrize(
        ("zone", "instant", "start", "end"),
        [
            ("Europe/Paris", "2026-11-23T10:00", "2026-11-22T23:00", "2026-11-23T23:00"),
            ("Europe/Paris", "2026-03-29T10:00", "2026-03-28T23:00", "2026-03-29T22:00"),
            ("America/Havana", "2026-03-08T12:00", "2026-03-08T05:00", "2026-03-09T04:00"),
            ("Pacific/Apia", "2011-12-30T09:59", "2011-12-29T10:00", "2011-12-30T10:00"),
            ("Pacific/Apia", "2011-12-30T10:00", "2011-12-30T10:00", "2011-12-31T10:00"),
            ("Pacific/Kiritimati", "2026-11-23T09:00", "2026-11-22T10:00", "2026-11-23T10:00"),
        ],
    )
    def test_is_as_long_as_the_clock_says(self, zone: str, instant: str, start: str, end: str):
        assert local_day(zone, utc(instant)) == Interval(utc(start), utc(end))

    @given(
        st.sampled_from(sorted(zones.NAMES)),
        st.integers(0, 47 * 365 * 24 * 60),
    )
    def test_shows_one_date_and_another_just_outside(self, zone: str, minutes: int):
        instant = utc("1990-01-01") + timedelta(minutes=minutes)
        day = local_day(zone, instant)
        moment = timedelta.resolution
        assert day.start <= instant < day.end
        dates = [
            zones.wall_clock(zone, each).date()
            for each in (day.start - moment, day.start, instant, day.end - moment, day.end)
        ]
        assert dates[0] != dates[1] == dates[2] == dates[3] != dates[4]
