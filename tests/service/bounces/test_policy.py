"""service.bounces.policy"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.bounces.policy import Sent, is_storm, verdict
from service.deliveries.models import Echo

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)


def sent(days: float, weight: Echo | None = None) -> Sent:
    at = NOW - timedelta(days=days)
    return Sent(at, weight, at if weight else None)


HARD, SOFT = Echo.HARD_BOUNCE, Echo.SOFT_BOUNCE


class TestVerdict:
    def test_a_fresh_address_is_suppressed_at_once(self):
        assert verdict([sent(0, HARD)], NOW - timedelta(hours=1), NOW) == "hard"
        assert verdict([sent(0, HARD)], None, NOW) == "hard"

    def test_an_old_one_has_a_second_chance(self):
        assert not verdict([sent(0, HARD)], LONG_AGO, NOW)
        assert not verdict([sent(0.5, HARD), sent(0, HARD)], LONG_AGO, NOW)

    def test_two_messages_a_day_apart_prove_a_death(self):
        assert verdict([sent(1, HARD), sent(0, HARD)], LONG_AGO, NOW) == "hard"

    def test_a_message_that_arrived_in_between_clears_it(self):
        assert not verdict([sent(5, HARD), sent(3), sent(0, HARD)], LONG_AGO, NOW)

    def test_a_message_too_young_to_have_arrived_clears_nothing(self):
        assert verdict([sent(3, HARD), sent(0.5), sent(0, HARD)], LONG_AGO, NOW) == "hard"

    def test_an_address_that_once_took_mail_is_old(self):
        assert not verdict([sent(5), sent(0, HARD)], None, NOW)

    def test_three_full_mailboxes_of_five_on_three_days(self):
        history = [sent(9), sent(8, SOFT), sent(6), sent(4, SOFT), sent(2, SOFT)]
        assert verdict(history, LONG_AGO, NOW) == "soft"

    def test_three_on_one_day_are_one_bad_day(self):
        history = [sent(2.1, SOFT), sent(2.05, SOFT), sent(2.01, SOFT)]
        assert not verdict(history, LONG_AGO, NOW)

    def test_the_last_one_taken_clears_a_full_mailbox(self):
        history = [sent(8, SOFT), sent(6, SOFT), sent(4, SOFT), sent(2)]
        assert not verdict(history, LONG_AGO, NOW)

    def test_what_is_our_fault_suppresses_nobody(self):
        history = [sent(day, Echo.BLAME) for day in (9, 7, 5, 3, 1)]
        assert not verdict(history, None, NOW)

    @given(
        st.lists(st.tuples(st.floats(0, 60), st.sampled_from([None, Echo.BLAME, Echo.COMPLAINT])))
    )
    def test_without_a_bounce_nobody_is_suppressed(self, messages):
        history = [sent(*each) for each in sorted(messages, key=lambda each: -each[0])]
        assert not verdict(history, None, NOW)


class TestIsStorm:
    @pytest.mark.parametrize(
        ("hard", "given", "before", "storm"),
        [
            (9, 10, 0, False),  # few prove nothing
            (10, 100, 0, True),
            (10, 200, 0, False),  # not more than one in twenty
            (100, 1000, 6720, False),  # ten a quarter of an hour are usual here
            (101, 1000, 6720, True),
        ],
    )
    def test_many_at_once_of_one_provider(self, hard, given, before, storm):
        assert is_storm(hard, given, before) is storm
