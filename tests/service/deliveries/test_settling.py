"""What follows from an outcome."""

from dataclasses import replace
from datetime import timedelta

import pytest

from channels.base import Address, Outcome, Parcel, Reason, Result, Scope
from service.deliveries import settling
from service.deliveries.models import SKIPPED, Skip
from service.deliveries.queries.lane_two import Again
from service.deliveries.queries.slices import Counts
from service.deliveries.settling import DEATHS, NOT_TRIED_SECONDS, SILENCES, Terms
from service.publications.plans import OnUnknown
from tests.fakes import MONDAY

HOLD = Terms(
    channel="email",
    repeatable=False,
    on_unknown=OnUnknown.HOLD,
    unknown_after=600,
    expires_at=MONDAY + timedelta(days=7),
    now=MONDAY,
)
RESEND = replace(HOLD, on_unknown=OnUnknown.RESEND)
HOOK = replace(HOLD, channel="webhook", repeatable=True)


def an_outcome(result, attempt=1, retry_after=None, scope=Scope.ADDRESS):
    parcel = Parcel("pub-7", attempt, Address("a@b", "a@b", "…", "b"), None)
    return Outcome(parcel, result, scope, Reason.REFUSED, retry_after=retry_after)


def settle(outcome, terms):
    return settling.settle(7, outcome, terms)


def lost(attempt, terms):
    return settling.lost(7, attempt, terms)


class TestSettle:
    @pytest.mark.parametrize(
        ("result", "counts"),
        [(Result.SENT, Counts(sent=1)), (Result.PERMANENT, Counts(refused=1))],
    )
    def test_a_clear_word_is_final(self, result, counts):
        settled = settle(an_outcome(result), HOLD)
        assert (settled.row.result, settled.again, settled.counts) == (result, None, counts)

    def test_a_refusal_for_now_is_tried_again_on_the_schedule(self):
        settled = settle(an_outcome(Result.TRANSIENT, attempt=3), HOLD)
        assert settled.again == Again(7, 4, MONDAY + timedelta(minutes=15))
        assert settled.row.result == Result.TRANSIENT
        assert settled.counts == Counts(moved=1)

    def test_the_far_side_may_ask_for_more_time_but_not_for_less(self):
        patient = settle(an_outcome(Result.TRANSIENT, retry_after=1800), HOLD)
        hasty = settle(an_outcome(Result.TRANSIENT, retry_after=1), HOLD)
        assert patient.again.due_at == MONDAY + timedelta(minutes=30)
        assert hasty.again.due_at == MONDAY + timedelta(minutes=1)

    @pytest.mark.parametrize(
        "terms", [HOLD, replace(HOLD, expires_at=MONDAY + timedelta(seconds=30))]
    )
    def test_one_that_is_never_taken_is_refused_in_the_end(self, terms):
        attempt = 1 if terms is not HOLD else 18
        settled = settle(an_outcome(Result.TRANSIENT, attempt=attempt), terms)
        assert (settled.row.result, settled.again) == (Result.PERMANENT, None)

    def test_what_was_not_tried_costs_no_attempt_and_does_not_spin(self):
        settled = settle(an_outcome(Result.NOT_TRIED, attempt=4), HOLD)
        assert settled.row is None
        assert settled.again == Again(7, 4, MONDAY, NOT_TRIED_SECONDS)

    def test_what_was_not_tried_until_it_expired_is_skipped(self):
        settled = settle(an_outcome(Result.NOT_TRIED), replace(HOLD, now=HOLD.expires_at))
        assert (settled.row.result, settled.row.reason) == (SKIPPED, Skip.EXPIRED)
        assert settled.counts == Counts(skipped=1)

    def test_a_doubt_is_held_or_sent_again_as_the_plan_says(self):
        held = settle(an_outcome(Result.UNKNOWN), HOLD)
        assert (held.row.result, held.again, held.counts) == (
            Result.UNKNOWN,
            None,
            Counts(unknown=1),
        )
        again = settle(an_outcome(Result.UNKNOWN), RESEND)
        assert again.again == Again(7, 2, MONDAY, 600)

    def test_a_server_that_stays_silent_gets_three_copies_at_most(self):
        settled = settle(an_outcome(Result.UNKNOWN, attempt=SILENCES + 1), RESEND)
        assert (settled.row.result, settled.again) == (Result.UNKNOWN, None)

    def test_what_may_be_repeated_is_without_asking(self):
        settled = settle(an_outcome(Result.UNKNOWN), HOOK)
        assert settled.again.attempt == 2
        assert timedelta(seconds=5) <= settled.again.due_at - MONDAY < timedelta(seconds=6)


class TestLost:
    def test_a_worker_that_died_is_followed_by_the_plan(self):
        assert lost(1, HOLD) is None
        assert lost(3, RESEND) == Again(7, 4, MONDAY, 600)

    def test_what_kills_every_worker_is_given_up(self):
        assert lost(DEATHS + 1, RESEND) is None
        assert lost(12, HOOK) is None

    def test_what_may_be_repeated_waits_longer_each_time(self):
        first, later = lost(1, HOOK), lost(5, HOOK)
        assert first.due_at - MONDAY < timedelta(seconds=6)
        assert later.due_at - MONDAY >= timedelta(minutes=30)
