"""scheduling.rates: what may leave in any stretch of time, whatever the processes ask for."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.plan_fields import BadField
from scheduling.rates import HOUR, MINUTE, SPENT_WITHIN, Rate, recovered, slowed, warmed


def spent(rate: Rate, asked: list[tuple[float, int, float]]) -> list[float]:
    """When each message left: askers come after a while, want some, and dawdle before they send."""
    now, free_at, left = 0.0, 0.0, []
    for after, wanted, dawdling in asked:
        now += after
        if free_at <= now:
            tokens = min(wanted, rate.lot)
            free_at = now + tokens * rate.pause
            left += [now + dawdling] * tokens
    return left


class TestRate:
    @given(
        most=st.integers(1, 5_000),
        period=st.sampled_from([MINUTE, HOUR]),
        asked=st.lists(
            st.tuples(
                st.floats(0, 200), st.integers(1, 500), st.floats(0, SPENT_WITHIN, exclude_max=True)
            ),
            max_size=80,
        ),
    )
    def test_no_stretch_of_its_period_sees_more_than_its_most(self, most, period, asked):
        left = sorted(spent(Rate(most, period), asked))
        for place, first in enumerate(left):
            assert sum(moment < first + period for moment in left[place:]) <= most

    @pytest.mark.parametrize(("most", "period"), [(600, MINUTE), (6_000, MINUTE), (20, HOUR)])
    def test_whoever_asks_all_the_time_gets_nearly_all_of_it(self, most, period):
        rate = Rate(most, period)
        step = rate.pause * rate.lot
        left = spent(rate, [(step, 500, 0.0)] * int(10 * period / step))
        assert len(left) >= 0.9 * 10 * most

    @pytest.mark.parametrize(("most", "period"), [(0, MINUTE), (float("nan"), MINUTE), (5, 1)])
    def test_impossible_numbers_are_refused(self, most, period):
        with pytest.raises(BadField):
            Rate(most, period)


class TestWarmUp:
    @pytest.mark.parametrize(("days", "most"), [(0, 20), (1, 28), (2, 39), (12, 1133)])
    def test_grows_by_forty_percent_a_day(self, days, most):
        assert warmed(None, timedelta(days=days, hours=23)) == Rate(most, HOUR)

    def test_ends_at_its_target(self):
        assert warmed(500, timedelta(days=9)) == Rate(413, HOUR)
        assert warmed(500, timedelta(days=10)) == Rate(500, HOUR)
        assert warmed(500, timedelta(days=4000)) == Rate(500, HOUR)


class TestProviders:
    def test_half_as_fast_with_each_throttling_but_never_not_at_all(self):
        first = slowed(None)
        assert slowed(first) == first / 2
        assert slowed(1.0) == 6

    def test_recover_bit_by_bit_until_nothing_holds_them(self):
        most: float | None = slowed(slowed(None))
        batches = 0
        while most is not None:
            faster = recovered(most)
            assert faster is None or faster > most
            most, batches = faster, batches + 1
        assert 10 < batches < 60
