"""scheduling.sprt"""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.sprt import ALPHA, BETA, Finding, evidence, find, least_trials

GOOD, BAD = 0.02, 0.05


@pytest.fixture
def chance() -> Random:
    return Random(20261123)  # noqa: S311  the same luck on every run


def watch(rate: float, chance: Random, longest: int = 3_000) -> Finding:
    """Look after every single message until the test decides."""
    events = 0
    for trials in range(1, longest + 1):
        events += chance.random() < rate
        finding = find(evidence(events, trials, GOOD, BAD))
        if finding is not Finding.UNDECIDED:
            return finding
    return Finding.UNDECIDED


class TestFind:
    def test_looking_after_every_message_rarely_condemns_a_healthy_rollout(self, chance):
        alarms = sum(watch(GOOD, chance) is Finding.BAD for _ in range(1_000))
        assert alarms / 1_000 <= ALPHA

    def test_looking_after_every_message_rarely_acquits_a_bad_rollout(self, chance):
        missed = sum(watch(BAD, chance) is not Finding.BAD for _ in range(1_000))
        assert missed / 1_000 <= BETA

    def test_a_worse_rollout_is_found_sooner(self, chance):
        assert all(watch(0.5, chance, longest=30) is Finding.BAD for _ in range(200))

    def test_nothing_is_known_before_the_first_message(self):
        assert find(evidence(0, 0, GOOD, BAD)) is Finding.UNDECIDED

    @pytest.mark.parametrize(
        ("events", "trials", "finding"),
        [
            (0, 72, Finding.UNDECIDED),
            (0, 73, Finding.GOOD),
            (3, 3, Finding.UNDECIDED),
            (4, 4, Finding.BAD),
            (20, 1_000, Finding.GOOD),
            (50, 1_000, Finding.BAD),
        ],
    )
    def test_decides_where_walds_bounds_are(self, events: int, trials: int, finding: Finding):
        assert find(evidence(events, trials, GOOD, BAD)) is finding

    @given(st.integers(0, 500), st.integers(1, 500))
    def test_one_more_event_never_speaks_for_the_rollout(self, events: int, healthy: int):
        trials = events + healthy
        assert evidence(events + 1, trials, GOOD, BAD) > evidence(events, trials, GOOD, BAD)
        assert evidence(events, trials + 1, GOOD, BAD) < evidence(events, trials, GOOD, BAD)


class TestLeastTrials:
    @given(st.integers(0, 50), st.floats(0.001, 0.3), st.floats(1.5, 10))
    def test_one_fewer_would_not_do(self, events, good, times):
        bad = min(good * times, 0.95)
        enough = least_trials(events, good, bad)
        assert find(evidence(events, enough + 1e-6, good, bad)) is Finding.GOOD
        assert find(evidence(events, enough - 1 - 1e-6, good, bad)) is not Finding.GOOD
