"""scheduling.backoff"""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.backoff import EMAIL, WEBHOOK, Schedule, next_try
from tests.scheduling.instants import utc

FAILED = utc("2026-11-23T10:00")
SCHEDULES = st.sampled_from([EMAIL, WEBHOOK])
ATTEMPTS, SEEDS = st.integers(1, 20), st.integers(0, 2**63)
ASKED = st.one_of(st.none(), st.timedeltas(timedelta(seconds=-10), timedelta(days=4000)))


def wait(attempt: int, seed: int, retry_after: timedelta | None = None) -> timedelta:
    """How long a webhook waits after a failure; it does not give up."""
    again = next_try(WEBHOOK, attempt, FAILED, seed, retry_after=retry_after)
    assert again is not None
    return again - FAILED


def waits(schedule: Schedule) -> list[timedelta]:
    """Each wait until the schedule gives up, every attempt failing at once."""
    found: list[timedelta] = []
    while again := next_try(schedule, len(found) + 1, FAILED, seed=0):
        found.append(again - FAILED)
    return found


class TestEmail:
    def test_waits_longer_each_time_then_every_four_hours(self):
        minutes = [each / timedelta(minutes=1) for each in waits(EMAIL)]
        assert minutes == [1, 5, 15, 30, 60, 120, 240] + [240] * 10

    def test_gives_up_when_another_try_would_come_after_48_hours(self):
        total = sum(waits(EMAIL), timedelta(0))
        assert total <= timedelta(hours=48) < total + timedelta(hours=4)


class TestWebhook:
    def test_waits_longer_each_time(self):
        seconds = [5, 30, 120, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 86_400]
        assert WEBHOOK.waits == tuple(timedelta(seconds=s) for s in seconds)
        assert len(waits(WEBHOOK)) == len(seconds)

    @given(st.integers(1, 11), SEEDS)
    def test_up_to_a_tenth_is_added(self, attempt: int, seed: int):
        least = WEBHOOK.waits[attempt - 1]
        assert least <= wait(attempt, seed) <= least * 1.1

    def test_what_failed_together_does_not_return_together(self):
        assert len({next_try(WEBHOOK, 6, FAILED, seed) for seed in range(100)}) == 100


class TestNextTry:
    @given(SCHEDULES, ATTEMPTS, SEEDS, ASKED)
    def test_the_same_failure_is_always_tried_again_at_the_same_instant(
        self, schedule: Schedule, attempt: int, seed: int, asked: timedelta | None
    ):
        first, second = (
            next_try(schedule, attempt, FAILED, seed, retry_after=asked) for _ in range(2)
        )
        assert first == second

    @given(SCHEDULES, ATTEMPTS, SEEDS, ASKED)
    def test_the_far_side_may_put_off_but_neither_hurry_nor_park(
        self, schedule: Schedule, attempt: int, seed: int, asked: timedelta | None
    ):
        plain = next_try(schedule, attempt, FAILED, seed)
        again = next_try(schedule, attempt, FAILED, seed, retry_after=asked)
        assert (again is None) is (plain is None)
        if again is not None and plain is not None:
            assert plain <= again <= FAILED + max(schedule.waits) * 1.1

    def test_retry_after_is_honoured(self):
        asked = timedelta(minutes=20)
        assert asked <= wait(1, 0, retry_after=asked) <= asked * 1.1

    @given(SCHEDULES, ATTEMPTS, SEEDS, st.datetimes(FAILED.replace(tzinfo=None)))
    def test_nothing_is_tried_once_it_is_too_late(
        self, schedule: Schedule, attempt: int, seed: int, limit: datetime
    ):
        end = utc(limit.isoformat())
        again = next_try(schedule, attempt, FAILED, seed, give_up_at=end)
        assert again is None or again < end

    def test_attempts_count_from_one(self):
        with pytest.raises(ValueError, match="attempt"):
            next_try(EMAIL, 0, FAILED, 0)
