"""scheduling.waves"""

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling import zones
from scheduling.waves import Late, WaveTime, classes, jitter, next_wave
from scheduling.windows import Rule, Window, allowed, openings
from tests.scheduling.instants import WEEKDAYS, daily, utc

OFFICE = daily("09:00", "20:00", WEEKDAYS)
MONDAY = utc("2026-11-23")
FORTNIGHT = timedelta(days=14)
ZONES = st.sampled_from(sorted(zones.NAMES))


class TestClasses:
    def test_every_zone_is_in_exactly_one_class(self):
        made = classes(zones.NAMES, OFFICE, MONDAY, FORTNIGHT)
        counted = Counter(name for each in made for name in each.zones)
        assert counted == Counter(zones.NAMES)

    def test_a_class_is_all_the_zones_with_its_openings(self):
        made = classes(zones.NAMES, OFFICE, MONDAY, FORTNIGHT)
        assert len({each.openings for each in made}) == len(made)
        for each in made:
            for name in each.zones:
                assert openings(name, MONDAY, MONDAY + FORTNIGHT, OFFICE) == each.openings

    def test_the_worlds_597_names_are_tens_of_classes(self):
        assert 30 <= len(classes(zones.NAMES, OFFICE, MONDAY, FORTNIGHT)) <= 60

    def test_zones_that_will_part_within_the_horizon_are_apart(self):
        names = ["Europe/Paris", "Africa/Lagos"]
        assert len(classes(names, OFFICE, MONDAY, FORTNIGHT)) == 1
        assert len(classes(names, OFFICE, utc("2026-03-17"), FORTNIGHT)) == 2

    def test_without_windows_the_world_is_one_class(self):
        (world,) = classes(zones.NAMES, Rule(), MONDAY, FORTNIGHT)
        assert world.zones == tuple(sorted(zones.NAMES))

    def test_classes_are_numbered_by_first_opening_then_by_name(self):
        names = ["America/New_York", "Europe/Paris", "Europe/Berlin", "Asia/Tokyo"]
        made = classes(names, OFFICE, MONDAY, FORTNIGHT)
        assert [(each.no, each.zones) for each in made] == [
            (1, ("Asia/Tokyo",)),
            (2, ("Europe/Berlin", "Europe/Paris")),
            (3, ("America/New_York",)),
        ]

    def test_classes_that_never_open_come_last(self):
        rule = daily("09:00", "20:00", expires=utc("2026-11-23T05:00"))
        made = classes(["Africa/Abidjan", "Asia/Tokyo"], rule, MONDAY, FORTNIGHT)
        assert [each.zones for each in made] == [("Asia/Tokyo",), ("Africa/Abidjan",)]
        assert made[1].openings == ()

    @given(st.permutations(["Asia/Tokyo", "Europe/Paris", "Etc/UTC", "UTC", "Asia/Tokyo"]))
    def test_the_order_of_the_names_changes_nothing(self, names: list[str]):
        assert classes(names, OFFICE, MONDAY, FORTNIGHT) == classes(
            sorted(set(names)), OFFICE, MONDAY, FORTNIGHT
        )


class TestNextWave:
    """Paris is an hour ahead of UTC: its office day is 08:00 to 19:00."""

    @pytest.mark.parametrize("late", Late)
    def test_inside_the_window_it_leaves_now(self, late: Late):
        now = utc("2026-11-23T10:00")
        assert next_wave("Europe/Paris", now, OFFICE, late) == WaveTime(
            now, utc("2026-11-23T19:00")
        )

    @pytest.mark.parametrize("late", Late)
    def test_before_the_days_window_nobody_is_late(self, late: Late):
        assert next_wave("Europe/Paris", utc("2026-11-23T05:00"), OFFICE, late) == WaveTime(
            utc("2026-11-23T08:00"), utc("2026-11-23T19:00")
        )

    @pytest.mark.parametrize("late", Late)
    def test_on_a_day_without_window_nobody_is_late(self, late: Late):
        assert next_wave("Europe/Paris", utc("2026-11-28T12:00"), OFFICE, late) == WaveTime(
            utc("2026-11-30T08:00"), utc("2026-11-30T19:00")
        )

    @pytest.mark.parametrize("now", ["2026-11-23T18:46", "2026-11-23T19:00", "2026-11-23T22:00"])
    def test_with_less_than_a_quarter_of_an_hour_left_the_plan_decides(self, now: str):
        tomorrow = WaveTime(utc("2026-11-24T08:00"), utc("2026-11-24T19:00"))
        until_midnight = WaveTime(utc(now), utc("2026-11-23T23:00"))
        assert next_wave("Europe/Paris", utc(now), OFFICE, Late.NEXT_WINDOW) == tomorrow
        assert next_wave("Europe/Paris", utc(now), OFFICE, Late.SKIP) is None
        assert next_wave("Europe/Paris", utc(now), OFFICE, Late.IMMEDIATELY) == until_midnight

    def test_a_quarter_of_an_hour_is_enough(self):
        now = utc("2026-11-23T18:45")
        wave = next_wave("Europe/Paris", now, OFFICE, Late.SKIP)
        assert wave == WaveTime(now, utc("2026-11-23T19:00"))

    def test_a_second_window_of_the_day_is_not_late(self):
        rule = Rule((*daily("09:00", "12:00").windows, *daily("14:00", "18:00").windows))
        wave = next_wave("UTC", utc("2026-11-23T11:50"), rule, Late.SKIP)
        assert wave == WaveTime(utc("2026-11-23T14:00"), utc("2026-11-23T18:00"))

    def test_a_window_shorter_than_the_minimum_is_used_from_its_start(self):
        short = daily("09:00", "09:10")
        now = utc("2026-11-23T09:00")
        wave = WaveTime(now, utc("2026-11-23T09:10"))
        assert next_wave("UTC", now, short, Late.NEXT_WINDOW) == wave
        following = next_wave("UTC", utc("2026-11-23T09:01"), short, Late.NEXT_WINDOW)
        assert following == WaveTime(utc("2026-11-24T09:00"), utc("2026-11-24T09:10"))

    def test_the_last_minutes_before_expiry_are_used(self):
        rule = daily("09:00", "20:00", expires=utc("2026-11-23T10:05"))
        now = utc("2026-11-23T10:00")
        assert next_wave("UTC", now, rule, Late.NEXT_WINDOW) == WaveTime(now, rule.expires)

    @pytest.mark.parametrize("late", Late)
    def test_nothing_leaves_once_expired(self, late: Late):
        rule = daily("09:00", "20:00", expires=utc("2026-11-23T20:30"))
        assert next_wave("UTC", utc("2026-11-23T20:30"), rule, late) is None

    def test_immediately_ends_at_expiry(self):
        rule = daily("09:00", "20:00", expires=utc("2026-11-23T20:30"))
        now = utc("2026-11-23T20:10")
        assert next_wave("UTC", now, rule, Late.IMMEDIATELY) == WaveTime(now, rule.expires)

    def test_starting_in_the_evening_is_late_even_if_the_plan_says_so(self):
        evening = utc("2026-11-23T21:00")
        rule = daily("09:00", "20:00", not_before=evening)
        assert next_wave("UTC", utc("2026-11-20"), rule, Late.SKIP) is None
        assert next_wave("UTC", utc("2026-11-20"), rule, Late.IMMEDIATELY) == WaveTime(
            evening, utc("2026-11-24")
        )

    @pytest.mark.parametrize("late", Late)
    def test_without_windows_it_leaves_now_and_closes_at_expiry(self, late: Late):
        now, end = utc("2026-11-23T03:00"), utc("2026-11-23T03:05")
        assert next_wave("UTC", now, Rule(), late) == WaveTime(now, None)
        assert next_wave("UTC", now, Rule(expires=end), late) == WaveTime(now, end)

    def test_round_the_clock_closes_at_a_blackout(self):
        rule = Rule(blackouts=frozenset({date(2026, 12, 25)}))
        wave = next_wave("UTC", MONDAY, rule, Late.NEXT_WINDOW)
        assert wave == WaveTime(MONDAY, utc("2026-12-25"))

    def test_a_night_window_closes_in_the_morning(self):
        night = daily("22:00", "06:00")
        wave = next_wave("UTC", utc("2026-11-23T12:00"), night, Late.SKIP)
        assert wave == WaveTime(utc("2026-11-23T22:00"), utc("2026-11-24T06:00"))

    @given(
        ZONES,
        st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001
        st.integers(0, 23 * 60),
        st.integers(0, 23 * 60),
        st.sampled_from([Late.NEXT_WINDOW, Late.SKIP]),
    )
    def test_a_wave_is_allowed_from_due_to_close(
        self, zone: str, naive: datetime, start: int, end: int, late: Late
    ):
        now = utc(naive.isoformat())
        clocks = (time(start // 60, start % 60), time(end // 60, end % 60))
        rule = Rule((Window(WEEKDAYS, *clocks),))
        wave = next_wave(zone, now, rule, late)
        if wave is not None and wave.close_at is not None:
            assert wave.due_at >= now
            assert openings(zone, wave.due_at, wave.close_at, rule) == (
                openings(zone, wave.due_at, wave.close_at + timedelta(seconds=1), rule)
            )
            assert not allowed(zone, wave.close_at, rule)


class TestJitter:
    @given(st.integers(), st.integers(), st.timedeltas(timedelta(0), timedelta(days=400)))
    def test_is_less_than_asked_and_always_the_same(self, seed: int, key: int, within: timedelta):
        delay = jitter(seed, key, within)
        assert timedelta(0) <= delay <= within
        assert delay < within or not within
        assert jitter(seed, key, within) == delay

    def test_spreads_people_evenly(self):
        minutes = Counter(
            jitter(7, key, timedelta(hours=1)) // timedelta(minutes=6) for key in range(10_000)
        )
        assert set(minutes) == set(range(10))
        assert all(900 < people < 1_100 for people in minutes.values())

    def test_another_rollout_spreads_them_otherwise(self):
        hour = timedelta(hours=1)
        first, second = ([jitter(seed, key, hour) for key in range(5)] for seed in (1, 2))
        assert first != second
