"""scheduling.ramp"""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.plan_fields import BadField
from scheduling.ramp import (
    DEFAULT_GROWTH,
    Absolute,
    Cohort,
    Cohorts,
    Geometric,
    Percent,
    cumulative,
    parse_growth,
    people_needed,
    reveals,
)

STEPS = st.lists(st.integers(1, 99), unique=True, max_size=8).map(lambda s: (*sorted(s), 100))
COUNTS = st.lists(st.integers(1, 10**6), unique=True, min_size=1, max_size=8)
GROWTHS = st.one_of(
    st.builds(Percent, STEPS),
    st.builds(Absolute, COUNTS.map(lambda counts: tuple(sorted(counts)))),
    st.builds(Geometric, st.integers(20, 500), st.floats(1, 20), st.integers(500, 10**6)),
)
AUDIENCES = st.one_of(st.integers(0, 200), st.integers(0, 200_000))
MINIMA = st.integers(1, 500)


class TestCumulative:
    @pytest.mark.parametrize(
        ("growth", "audience", "reached"),
        [
            (DEFAULT_GROWTH, 1_000_000, (10_000, 50_000, 200_000, 500_000, 1_000_000)),
            (DEFAULT_GROWTH, 1_000, (50, 200, 500, 1_000)),  # 10 join the next 40
            (DEFAULT_GROWTH, 100, (50, 100)),
            (Absolute(), 50_000, (100, 1_000, 10_000, 50_000)),
            (Absolute(), 10_000, (100, 1_000, 10_000)),
            (Absolute(), 1_020, (100, 1_020)),  # the last 20 join those before
            (Geometric(100, 3, 1_000), 5_000, (100, 400, 1_300, 2_300, 3_300, 4_300, 5_000)),
            (Percent((0.1, 100)), 100_000, (100, 100_000)),
            (Percent((0.7, 100)), 100_000, (700, 100_000)),  # 700.0000000000001 in binary
        ],
    )
    def test_a_rollout_grows_as_planned(
        self, growth: Percent, audience: int, reached: tuple[int, ...]
    ):
        assert cumulative(growth, audience) == reached

    def test_nobody_is_no_stage(self):
        assert cumulative(DEFAULT_GROWTH, 0) == ()

    @given(GROWTHS, st.integers(1, 89))
    def test_an_audience_too_small_to_split_is_one_stage(self, growth: Percent, audience: int):
        assert cumulative(growth, audience) == (audience,)

    @given(GROWTHS, AUDIENCES, MINIMA)
    def test_counts_grow_and_end_with_everyone(self, growth: Percent, audience: int, least: int):
        reached = cumulative(growth, audience, least)
        assert (reached[-1] if reached else 0) == audience
        assert all(before < after for before, after in pairwise((0, *reached)))

    @given(GROWTHS, AUDIENCES, MINIMA)
    def test_no_stage_is_too_small_to_tell_unless_it_is_the_only_one(
        self, growth: Percent, audience: int, least: int
    ):
        reached = cumulative(growth, audience, least)
        sizes = [after - before for before, after in pairwise((0, *reached))]
        assert len(sizes) <= 1 or min(sizes) >= least

    @given(GROWTHS, AUDIENCES, MINIMA)
    def test_merging_invents_no_stage(self, growth: Percent, audience: int, least: int):
        assert set(cumulative(growth, audience, least)) <= {*growth.marks(audience), audience}

    @pytest.mark.parametrize(("audience", "least", "field"), [(-1, 45, "audience"), (9, 0, "min")])
    def test_impossible_numbers_are_refused(self, audience: int, least: int, field: str):
        with pytest.raises(ValueError, match=field):
            cumulative(DEFAULT_GROWTH, audience, least)


class TestParseGrowth:
    @given(GROWTHS)
    def test_what_is_written_reads_back(self, growth: Percent):
        assert parse_growth(json.loads(json.dumps(growth.to_plan()))) == growth

    def test_percent_has_the_default_steps(self):
        assert parse_growth({"kind": "percent"}) == DEFAULT_GROWTH == Percent((1, 5, 20, 50, 100))

    @pytest.mark.parametrize(
        ("raw", "field"),
        [
            (None, "growth"),
            ({}, "kind"),
            ({"kind": "linear"}, "kind"),
            ({"kind": "percent", "steps": [1, 5, 20]}, "steps"),  # who gets the rest?
            ({"kind": "percent", "steps": []}, "steps"),
            ({"kind": "percent", "steps": [5, 5, 100]}, "steps"),
            ({"kind": "percent", "steps": [0, 100]}, "steps"),
            ({"kind": "percent", "steps": ["1", 100]}, "steps"),
            ({"kind": "percent", "steps": [float("nan"), 100]}, "steps"),
            ({"kind": "percent", "base": 5}, "base"),
            ({"kind": "absolute"}, "steps"),
            ({"kind": "absolute", "steps": [10.5]}, "steps"),
            ({"kind": "absolute", "steps": [100, 10]}, "steps"),
            ({"kind": "geometric", "factor": 3, "cap": 1000}, "base"),
            ({"kind": "geometric", "base": 10, "factor": 0.5, "cap": 1000}, "factor"),
            ({"kind": "geometric", "base": 10, "factor": 2, "cap": 9}, "cap"),
        ],
    )
    def test_a_field_that_cannot_be_used_is_named(self, raw: object, field: str):
        with pytest.raises(BadField) as refusal:
            parse_growth(raw)
        assert refusal.value.field == field


class TestWhatAStageReveals:
    @pytest.mark.parametrize(
        ("fault", "people"), [(0.05, 45), (0.01, 230), (0.001, 2_302), (0.5, 4), (0.9, 1)]
    )
    def test_a_rarer_fault_needs_more_people(self, fault: float, people: int):
        assert people_needed(fault) == people

    @given(st.floats(0.0001, 0.99), st.floats(0.5, 0.999))
    def test_they_are_enough_and_one_fewer_is_not(self, fault: float, chance: float):
        people = people_needed(fault, chance)
        assert 1 - (1 - fault) ** people >= chance - 1e-6
        assert people == 1 or 1 - (1 - fault) ** (people - 1) < chance + 1e-6

    @given(st.integers(1, 10**6), st.floats(0.5, 0.999))
    def test_what_people_reveal_needs_that_many_people(self, people: int, chance: float):
        assert people_needed(reveals(people, chance), chance) in (people, people + 1)

    def test_the_smallest_stage_reveals_a_fault_of_five_percent(self):
        assert reveals(45) <= 0.05 < reveals(44)

    def test_impossible_numbers_are_refused(self):
        with pytest.raises(ValueError, match="fault_share"):
            people_needed(0)
        with pytest.raises(ValueError, match="chance"):
            people_needed(0.05, 1)
        with pytest.raises(ValueError, match="people"):
            reveals(0)


PILOT = {
    "kind": "cohorts",
    "first": [{"name": "pilot", "regions": ["FR"], "groups": ["staff", "beta"]}],
    "then": {"kind": "absolute", "steps": [100]},
}


class TestCohorts:
    def test_reads_named_filters(self):
        growth = parse_growth(PILOT)
        assert growth == Cohorts(
            (Cohort("pilot", regions=("FR",), groups=("staff", "beta")),), Absolute((100,))
        )
        assert parse_growth(json.loads(json.dumps(growth.to_plan()))) == growth

    def test_everybody_else_grows_as_by_default(self):
        growth = parse_growth({"kind": "cohorts", "first": PILOT["first"]})
        assert isinstance(growth, Cohorts)
        assert cumulative(growth, 10_000) == cumulative(DEFAULT_GROWTH, 10_000)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"first": []}, "first"),
            ({"first": [{"name": "x"}]}, "first"),
            ({"first": [{"name": "x", "groups": ["a"]}] * 2}, "first"),
            ({"first": [{"groups": ["a"]}]}, "first/0/name"),
            ({"first": [{"name": "x", "groups": [""]}]}, "first/0/groups"),
            ({"first": [{"name": "x", "team": ["a"]}]}, "team"),
            ({"then": PILOT}, "then"),
        ],
    )
    def test_a_field_that_cannot_be_used_is_named(self, change: dict[str, object], field: str):
        with pytest.raises(BadField) as caught:
            parse_growth({**PILOT, **change})
        assert caught.value.field == field
