"""scheduling.rules"""

import json
from datetime import UTC, date, time

import pytest

from scheduling.plan_fields import BadField
from scheduling.rules import QuietHours, Rule, Window
from tests.scheduling.instants import WEEKDAYS, utc, wall

PLAN = {
    "windows": [
        {"days": [0, 1, 2, 3, 4], "start": "09:00", "end": "20:00"},
        {"days": [5], "start": "22:00", "end": "06:00"},
    ],
    "blackouts": ["2026-12-24", "2026-12-25"],
    "not_before": "2026-11-24T08:00:00+00:00",
    "expires": "2026-12-31T00:00:00+00:00",
}


class TestRuleFromPlan:
    def test_reads_what_the_plan_says(self):
        assert Rule.from_plan(PLAN) == Rule(
            (
                Window(WEEKDAYS, time(9), time(20)),
                Window(frozenset({5}), time(22), time(6)),
            ),
            frozenset({date(2026, 12, 24), date(2026, 12, 25)}),
            utc("2026-11-24T08:00"),
            utc("2026-12-31"),
        )

    def test_what_is_written_reads_back_byte_for_byte(self):
        stored = json.dumps(Rule.from_plan(PLAN).to_plan())
        assert stored == json.dumps(PLAN)
        assert Rule.from_plan(json.loads(stored)).to_plan() == PLAN

    def test_an_empty_plan_allows_any_hour(self):
        assert Rule.from_plan({}) == Rule()
        assert Rule().to_plan() == {"windows": [], "blackouts": []}

    def test_24_00_is_the_midnight_that_ends_the_day(self):
        raw = {"windows": [{"days": [0], "start": "18:00", "end": "24:00"}]}
        assert Rule.from_plan(raw).windows == (Window(frozenset({0}), time(18), time()),)

    def test_instants_may_be_written_with_any_offset(self):
        rule = Rule.from_plan({"expires": "2026-12-31T01:00:00+01:00", "not_before": None})
        assert rule.expires == utc("2026-12-31")
        assert rule.expires.tzinfo is UTC

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"windows": "9-5"}, "windows"),
            ({"windows": [9]}, "windows/0"),
            ({"windows": [{"days": [], "start": "09:00", "end": "20:00"}]}, "windows/0/days"),
            ({"windows": [{"days": [7], "start": "09:00", "end": "20:00"}]}, "windows/0/days"),
            ({"windows": [{"days": [True], "start": "09:00", "end": "10:00"}]}, "windows/0/days"),
            ({"windows": [{"days": [0], "start": "9:00", "end": "20:00"}]}, "windows/0/start"),
            ({"windows": [{"days": [0], "start": "09:00", "end": "25:00"}]}, "windows/0/end"),
            ({"windows": [{"days": [0], "start": "09:00"}]}, "windows/0/end"),
            ({"blackouts": ["2026-12-25", "Christmas"]}, "blackouts/1"),
            ({"blackouts": {}}, "blackouts"),
            ({"not_before": "2026-11-24T08:00:00"}, "not_before"),
            ({"not_before": 5}, "not_before"),
            ({"expires": "soon"}, "expires"),
            ({"expires": "2026-11-01T00:00:00Z"}, "expires"),  # before not_before
            ({"blackout": []}, "blackout"),  # misspelt: must not vanish
        ],
    )
    def test_a_field_that_cannot_be_used_is_named(self, change: dict[str, object], field: str):
        with pytest.raises(BadField) as refusal:
            Rule.from_plan(PLAN | change)
        assert refusal.value.field == field

    def test_a_plan_is_an_object(self):
        with pytest.raises(ValueError, match="plan: must be an object"):
            Rule.from_plan(["windows"])


class TestValues:
    @pytest.mark.parametrize("days", [frozenset(), frozenset({7}), frozenset({-1})])
    def test_a_window_has_days_of_the_week(self, days: frozenset[int]):
        with pytest.raises(ValueError, match="days"):
            Window(days, time(9), time(20))

    @pytest.mark.parametrize("clock", [time(9, 0, 1), time(9, tzinfo=UTC)])
    def test_a_window_opens_and_closes_at_a_local_minute(self, clock: time):
        with pytest.raises(ValueError, match="start"):
            Window(WEEKDAYS, clock, time(20))
        with pytest.raises(ValueError, match="end"):
            Window(WEEKDAYS, time(9), clock)

    def test_quiet_hours_leave_some_hour(self):
        with pytest.raises(ValueError, match="end"):
            QuietHours(time(22), time(22))

    def test_limits_are_instants_in_utc(self):
        with pytest.raises(ValueError, match="not_before"):
            Rule(not_before=wall("2026-11-23"))
        with pytest.raises(ValueError, match="expires"):
            Rule(expires=wall("2026-11-23T00:00+01:00"))
