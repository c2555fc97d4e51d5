"""scheduling.zones"""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from scheduling import zones
from scheduling.zones import BeyondZoneData, UnknownZone
from tests.scheduling.instants import utc, wall

START, END = utc("1995-01-01"), utc("2037-12-31")
INSTANTS = st.datetimes(wall("1950-01-01"), wall("2037-12-31"), timezones=st.just(UTC))
ZONES = st.sampled_from(sorted(zones.NAMES))


class TestNames:
    def test_every_name_of_the_data_is_a_zone(self):
        assert all(zones.is_zone(name) for name in pytz.all_timezones)

    @pytest.mark.parametrize("name", ["", "Europe/Atlantis", "europe/paris", "../etc/passwd"])
    def test_anything_else_is_none(self, name: str):
        assert not zones.is_zone(name)
        with pytest.raises(UnknownZone, match="no time zone"):
            zones.offset(name, START)

    def test_the_data_have_an_edition(self):
        assert zones.DATA_VERSION[:4].isdigit()


class TestWallClock:
    @given(ZONES, INSTANTS)
    def test_agrees_with_the_source_everywhere(self, zone: str, instant: datetime):
        shown = instant.astimezone(pytz.timezone(zone))
        assert zones.wall_clock(zone, instant) == shown.replace(tzinfo=None)
        assert zones.offset(zone, instant) == shown.utcoffset()

    @pytest.mark.parametrize(
        ("zone", "hours"),
        [
            ("Asia/Kathmandu", 5.75),
            ("Australia/Eucla", 8.75),
            ("America/St_Johns", -3.5),
            ("Pacific/Chatham", 13.75),
            ("Pacific/Kiritimati", 14),
            ("Etc/GMT+12", -12),
            ("Europe/Dublin", 0),
            ("Africa/Casablanca", 0),
        ],
    )
    def test_knows_odd_offsets_in_november_2026(self, zone: str, hours: float):
        assert zones.offset(zone, utc("2026-11-23")) == timedelta(hours=hours)

    def test_the_instant_may_be_written_on_any_clock(self):
        in_tokyo = utc("2026-11-23T10:00").astimezone(pytz.timezone("Asia/Tokyo"))
        assert zones.wall_clock("Europe/Paris", in_tokyo) == wall("2026-11-23T11:00")

    def test_a_wall_clock_is_no_instant(self):
        with pytest.raises(ValueError, match="not an instant"):
            zones.offset("Europe/Paris", wall("2026-11-23"))


class TestPieces:
    def test_cover_the_time_and_change_offset_at_each_cut_in_every_zone(self):
        for zone in zones.NAMES:
            cut = list(zones.pieces(zone, START, END))
            assert (cut[0].start, cut[-1].end) == (START, END)
            assert all(before.end == after.start for before, after in pairwise(cut)), zone
            assert all(before.offset != after.offset for before, after in pairwise(cut)), zone

    def test_are_exact_to_the_second_in_every_zone(self):
        for zone in zones.NAMES:
            source = pytz.timezone(zone)
            for piece in zones.pieces(zone, START, END):
                for instant in (piece.start, piece.end - timedelta(seconds=1)):
                    assert instant.astimezone(source).utcoffset() == piece.offset, zone

    @given(ZONES, INSTANTS, st.timedeltas(timedelta(0), timedelta(days=400)))
    def test_miss_no_change_that_probing_finds(self, zone: str, start: datetime, span: timedelta):
        end = min(start + span, END)
        cut = list(zones.pieces(zone, start, end))
        probed = [start + timedelta(hours=7) * step for step in range(span // timedelta(hours=7))]
        for instant in (probe for probe in probed if probe < end):
            (piece,) = [p for p in cut if p.start <= instant < p.end]
            assert piece.offset == instant.astimezone(pytz.timezone(zone)).utcoffset()

    def test_nothing_has_no_pieces(self):
        assert list(zones.pieces("Europe/Paris", END, START)) == []

    def test_what_lies_beyond_the_data_is_refused_after_what_is_known(self):
        cut = zones.pieces("Europe/Paris", utc("2037-12-01"), utc("2038-12-01"))
        assert next(cut).end == zones.END
        with pytest.raises(BeyondZoneData):
            next(cut)


class TestToUtc:
    @pytest.mark.parametrize(
        ("zone", "typed", "instant"),
        [
            ("Europe/Paris", "2026-07-14T09:00", "2026-07-14T07:00"),
            ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00"),  # gap: its end
            ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),  # fold: first pass
            ("Europe/Dublin", "2026-03-29T01:30", "2026-03-29T01:00"),
            ("Europe/Dublin", "2026-10-25T01:30", "2026-10-25T00:30"),
            ("Africa/Casablanca", "2026-02-15T02:30", "2026-02-15T01:30"),
            ("Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-03T15:30"),
            ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
            ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00"),  # a day that never was
        ],
    )
    def test_a_gap_gives_its_end_and_a_fold_its_first_pass(
        self, zone: str, typed: str, instant: str
    ):
        assert zones.to_utc(zone, wall(typed)) == utc(instant)

    @given(ZONES, INSTANTS)
    def test_gives_the_first_instant_at_which_the_clock_shows_it(
        self, zone: str, instant: datetime
    ):
        shown = zones.wall_clock(zone, instant)
        first = zones.to_utc(zone, shown)
        assert first <= instant
        assert zones.wall_clock(zone, first) == shown


class TestDayEdges:
    @pytest.mark.parametrize(
        ("zone", "day", "start", "hours"),
        [
            ("Europe/Paris", "2026-11-23", "2026-11-22T23:00", 24),
            ("America/New_York", "2026-03-08", "2026-03-08T05:00", 23),
            ("America/New_York", "2026-11-01", "2026-11-01T04:00", 25),
            ("America/Havana", "2026-03-08", "2026-03-08T05:00", 23),  # starts at 01:00
            ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00", 23),
            ("America/Santiago", "2026-09-06", "2026-09-06T04:00", 23),
            ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30", 23.5),
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00", 0),  # never was
        ],
    )
    def test_a_day_is_as_long_as_its_clock_says(
        self, zone: str, day: str, start: str, hours: float
    ):
        edges = zones.day_edges(zone, date.fromisoformat(day))
        assert edges == (utc(start), utc(start) + timedelta(hours=hours))

    @given(ZONES, st.dates(date(1950, 1, 1), date(2037, 12, 31)))
    def test_each_day_ends_where_the_next_begins(self, zone: str, day: date):
        start, end = zones.day_edges(zone, day)
        assert start <= end
        if day.year < zones.LAST_YEAR:
            assert zones.day_edges(zone, day + timedelta(days=1))[0] == end

    @pytest.mark.parametrize("zone", ["Etc/GMT+12", "Pacific/Kiritimati", "America/New_York"])
    def test_the_last_year_is_known_whole_and_the_next_refused(self, zone: str):
        zones.day_edges(zone, date(2037, 12, 31))
        with pytest.raises(BeyondZoneData, match="2037"):
            zones.day_edges(zone, date(2038, 1, 1))

    def test_a_summer_after_2037_would_be_an_hour_wrong_and_is_refused(self):
        with pytest.raises(BeyondZoneData):
            zones.wall_clock("Europe/Paris", utc("2038-07-14T10:00"))
        with pytest.raises(BeyondZoneData):
            zones.to_utc("Europe/Paris", wall("2038-07-14T10:00"))
