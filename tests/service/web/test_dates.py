"""service.web.dates"""

from datetime import UTC, date, datetime, timedelta

import pytest

from service.web import dates

MORNING = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)


class TestMoment:
    def test_is_on_the_clock_of_the_zone(self):
        assert dates.moment(MORNING, "Europe/Paris", language="en") == (
            "Monday, 23 November 2026 at 10:05"
        )
        assert dates.moment(MORNING, "America/New_York", "clock", "en") == "04:05"

    def test_in_french_as_one_writes_it(self):
        assert dates.moment(MORNING, "Europe/Paris", language="fr") == (
            "lundi 23 novembre 2026 à 10\u00a0h\u00a005"
        )

    @pytest.mark.parametrize("style", ["long", "short", "clock", "day", "short_day"])
    def test_every_style_in_both_languages(self, style):
        for language in ("fr", "en"):
            assert dates.moment(MORNING, "Asia/Kolkata", style, language)


class TestWhen:
    def test_programs_read_utc_people_their_clock(self, app):
        with app.test_request_context("/?lang=en"):
            html = dates.when(MORNING, "Europe/Paris", "clock")
        assert html == (
            '<time datetime="2026-11-23T09:05:00Z" '
            'title="Monday, 23 November 2026 at 10:05 (UTC+1)">10:05</time>'
        )

    def test_never_is_a_dash(self):
        assert dates.when(None, "UTC") == "—"


class TestSpan:
    def test_the_day_is_named_once(self):
        text = dates.span(MORNING, MORNING + timedelta(hours=2), "Europe/Paris", "en")
        assert text == "23 Nov 2026, 10:05 – 12:05"

    def test_unless_there_are_two(self):
        text = dates.span(MORNING, MORNING + timedelta(days=1), "Europe/Paris", "en")
        assert text == "23 Nov 2026, 10:05 – 24 Nov 2026, 10:05"

    def test_what_goes_on_has_no_end(self):
        assert dates.span(MORNING, None, "UTC", "en") == "since 23 Nov 2026, 09:05"


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=-1), "0 min"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(minutes=80), "1 h 20 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(days=3, hours=2, minutes=5), "3 d 2 h"),
    ],
)
def test_durations_have_two_units_at_most(length, text):
    assert dates.duration(length, "en") == text


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("UTC", "UTC (UTC)"),
        ("Europe/Paris", "Paris (UTC+1)"),
        ("America/St_Johns", "St Johns (UTC−3:30)"),
        ("Asia/Kathmandu", "Kathmandu (UTC+5:45)"),
    ],
)
def test_zones_are_named_for_people(zone, text):
    assert dates.zone_label(zone, MORNING) == text


def test_a_day():
    assert dates.day(date(2026, 8, 22), language="en") == "Saturday, 22 August 2026"
