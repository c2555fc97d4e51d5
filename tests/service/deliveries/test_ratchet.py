"""The ratchet under bad luck: nothing is lost, and nobody is told twice who must not be."""

from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

import pytest
from sqlalchemy.exc import OperationalError

from channels.base import Reason, Result, Scope
from service.deliveries.models import Skip, Slice
from service.rollouts import actions
from service.rollouts.models import RolloutState
from service.subscribers.models import Consent, Subscription
from tests.mortal import Killed
from tests.service.deliveries.conftest import BY_DAY, HOLD, RESEND

# Points passed when one slice is drained: claim (2), first mark (2), then the batch.
DEATHS = {"before sending": 5, "amid sending": 6, "after sending": 7, "before settling": 8}


def killed_while(lab, plan, when):
    name = lab.approve(plan)
    lab.life.left = DEATHS[when]
    with pytest.raises(Killed):
        lab.drain()
    lab.engine.restart()
    return name


class TestDeath:
    @pytest.mark.parametrize("when", DEATHS)
    def test_under_hold_the_batch_in_flight_is_unknown_and_nobody_told_twice(self, lab, when):
        """I2, I19."""
        name = killed_while(lab, HOLD, when)
        assert lab.recount(name) == {"sending": 50, "planned": 70}
        lab.recover()
        assert lab.recount(name) == {"unknown": 50, "planned": 70}
        lab.drain()
        lab.engine.play(hours=1)
        assert lab.recount(name) == {"unknown": 50, "accepted": 70}
        assert len(set(lab.told())) == len(lab.told())
        assert lab.engine.rollout(name).state is RolloutState.COMPLETED

    @pytest.mark.parametrize("when", DEATHS)
    def test_under_resend_everybody_is_told_and_at_most_a_batch_twice(self, lab, when):
        """I19."""
        name = killed_while(lab, RESEND, when)
        lab.recover()
        assert lab.recount(name) == {"deferred": 50, "planned": 70}
        lab.holds_run_out()
        lab.engine.play(hours=1)
        assert lab.recount(name) == {"accepted": 120}
        assert len(set(lab.told())) == 120
        assert len(lab.told()) <= 120 + 50

    def test_before_the_mark_costs_nothing(self, lab):
        name = lab.approve()
        lab.life.left = 3
        with pytest.raises(Killed):
            lab.drain()
        lab.engine.restart()
        lab.recover()
        lab.drain()
        assert lab.recount(name) == {"accepted": 120}

    def test_between_settling_and_the_next_batch_loses_nothing_of_the_first(self, lab):
        name = lab.approve()
        lab.life.left = 9  # the first batch is settled, the second marked and not sent
        with pytest.raises(Killed):
            lab.drain()
        assert lab.recount(name) == {"accepted": 50, "sending": 50, "planned": 20}
        lab.engine.restart()
        lab.recover()
        lab.drain()
        assert lab.recount(name) == {"accepted": 70, "unknown": 50}

    def test_nothing_is_taken_from_whoever_still_holds_it(self, lab):
        name = killed_while(lab, HOLD, "before sending")
        lab.engine.sweep()
        lab.drain()
        assert lab.recount(name) == {"sending": 50, "planned": 70}

    def test_whoever_was_skipped_or_passed_over_in_the_lost_batch_is_not_in_doubt(self, lab):
        name = lab.approve()
        leave(lab, 1, 2, 3)
        rest(lab, 4, 5)
        lab.life.left = DEATHS["amid sending"]
        with pytest.raises(Killed):
            lab.drain()
        before = lab.recount(name)
        lab.engine.restart()
        lab.recover()
        after = lab.recount(name)
        assert after["unknown"] == before["sending"]
        assert after["unknown"] + after.get("skipped", 0) + after["planned"] == 120

    def test_an_aborted_rollout_has_no_doubt_about_whom_it_passed_over(self, lab):
        name = lab.approve(HOLD, per_zone=20)
        rest(lab, *range(10))
        lab.postman.amid = lambda: operate(lab, actions.abort, name)
        lab.life.left = DEATHS["amid sending"] + 2  # the abort passes two
        with pytest.raises(Killed):
            lab.drain()
        lab.engine.restart()
        assert lab.recount(name) == {"sending": 10, "planned": 10}
        lab.recover()
        assert lab.recount(name) == {"unknown": 10, "cancelled": 10}
        assert not lab.one("SELECT count(*) FROM lane_two")

    def test_a_refused_resending_does_not_undo_what_may_have_arrived(self, lab):
        name = killed_while(lab, RESEND, "amid sending")
        lab.recover()
        lab.holds_run_out()
        lab.answer((Result.PERMANENT, Scope.ADDRESS, Reason.REFUSED), *range(120))
        lab.dispatch()
        assert lab.recount(name) == {"unknown": 50, "planned": 70}
        assert not lab.one("SELECT count(*) FROM lane_two")


class TestLateAnswer:
    def test_resolves_its_own_attempt(self, lab):
        name = lab.approve()
        lab.postman.amid = lab.recover
        lab.drain()
        assert lab.recount(name) == {"accepted": 120}

    def test_calls_the_resending_off(self, lab):
        name = lab.approve(RESEND)
        lab.postman.amid = lab.recover
        lab.drain()
        lab.engine.play(hours=1)
        assert lab.recount(name) == {"accepted": 120}
        assert len(lab.told()) == 120

    def test_that_comes_while_it_is_sent_again_is_the_last_word(self, lab):
        name = lab.approve(RESEND, per_zone=1)
        with amid(lab, lab.drain) as answers_first:
            lab.recover()
            lab.holds_run_out()
            lab.answer((Result.TRANSIENT, Scope.ADDRESS, Reason.MAILBOX_FULL), 0)
            with amid(lab, lab.dispatch):
                answers_first()
                assert lab.recount(name) == {"sending": 1}
        lab.engine.play(hours=1)
        assert lab.recount(name) == {"accepted": 1}
        assert len(lab.told()) == 1  # the second was refused, and there was no third

    @pytest.mark.parametrize("last", [Result.SENT, Result.PERMANENT])
    def test_that_comes_after_it_was_sent_again_is_counted_once(self, lab, last):
        lab.approve(RESEND, per_zone=3)

        def sent_again():
            lab.recover()
            lab.engine.clock.advance(timedelta(hours=1))
            lab.holds_run_out()
            if last is Result.PERMANENT:
                lab.answer((last, Scope.ADDRESS, Reason.MAILBOX_DISABLED), *range(3))
            lab.dispatch()

        lab.postman.amid = sent_again
        lab.drain()
        with lab.engine.rt.read() as session:
            part = session.query(Slice).filter(Slice.n_lo.is_not(None)).one()
        assert sum((part.sent, part.refused, part.unknown, part.moved)) == 3
        assert part.sent == len(set(lab.told()))
        assert lab.one("SELECT max(attempt) FROM outcome") == 2

    def test_finds_the_rest_of_its_slice_in_other_hands(self, lab):
        name = lab.approve()

        def taken_over():
            lab.recover()
            lab.drain()

        lab.postman.amid = taken_over
        lab.drain()
        assert lab.recount(name) == {"accepted": 120}
        assert len(set(lab.told())) == len(lab.told()) == 120


class TestStopping:
    def test_a_pause_between_mark_and_settling_keeps_the_real_answers(self, lab):
        name = lab.approve()
        lab.answer((Result.PERMANENT, Scope.ADDRESS, Reason.UNKNOWN_RECIPIENT), *range(120))
        lab.postman.amid = lambda: operate(lab, actions.pause, name)
        lab.drain()
        assert lab.recount(name) == {"rejected": 50, "planned": 70}

    def test_nothing_is_marked_after_a_committed_pause(self, lab):
        """I6."""
        name = lab.approve()
        operate(lab, actions.pause, name)
        lab.drain()
        lab.engine.sweep()
        lab.drain()
        assert lab.recount(name) == {"planned": 120}
        assert lab.told() == []

    def test_a_resumed_rollout_goes_on_where_it_was(self, lab):
        name = lab.approve()
        lab.postman.amid = lambda: operate(lab, actions.pause, name)
        lab.drain()
        operate(lab, actions.resume, name)
        lab.engine.play(hours=1)
        assert lab.recount(name) == {"accepted": 120}
        assert len(lab.told()) == 120

    def test_resumed_while_the_batch_is_still_in_flight(self, lab):
        name = lab.approve()

        def twice():
            operate(lab, actions.pause, name)
            operate(lab, actions.resume, name)
            lab.engine.sweep()

        lab.postman.amid = twice
        lab.drain()
        lab.engine.play(hours=1)
        assert lab.recount(name) == {"accepted": 120}
        assert len(lab.told()) == 120

    def test_a_worker_told_to_stop_gives_its_slice_back(self, lab):
        name = lab.approve()
        lab.postman.amid = lab.engine.rt.stopping.set
        lab.drain()
        assert lab.recount(name) == {"accepted": 50, "planned": 70}
        assert not lab.one("SELECT count(*) FROM slice WHERE owner IS NOT NULL")
        lab.engine.rt.stopping.clear()
        lab.drain()
        assert lab.recount(name) == {"accepted": 120}

    def test_abort_lets_what_is_in_flight_land(self, lab):
        name = lab.approve()
        lab.postman.amid = lambda: operate(lab, actions.abort, name)
        lab.drain()
        lab.engine.play(hours=1)
        assert lab.recount(name) == {"accepted": 50, "cancelled": 70}

    def test_abort_keeps_in_doubt_whoever_waited_to_be_told_again(self, lab):
        name = killed_while(lab, RESEND, "amid sending")
        lab.recover()
        operate(lab, actions.abort, name)
        lab.engine.play(hours=1)
        assert lab.recount(name) == {"unknown": 50, "cancelled": 70}

    def test_what_is_unsent_at_expiry_is_skipped_although_a_batch_is_in_flight(self, lab):
        expires = lab.engine.clock.now + timedelta(hours=1)
        name = lab.approve(HOLD, expires_at=expires)
        nothing_sent = (Result.NOT_TRIED, Scope.ADDRESS, Reason.TIMEOUT)
        lab.answer(nothing_sent, *range(120))

        def expire():
            lab.engine.clock.advance(timedelta(hours=2))
            lab.engine.sweep()

        lab.postman.amid = expire
        lab.drain()
        lab.engine.play(hours=1)
        assert lab.engine.rollout(name).state is RolloutState.EXPIRED
        assert lab.recount(name) == {"skipped": 120}

    def test_a_rollout_aborted_while_it_is_planned_accounts_for_everybody(self, lab):
        """I3, I10."""
        name = lab.engine.approve(lab.engine.audience("UTC", per_zone=5), HOLD)
        operate(lab, actions.abort, name)
        lab.engine.play(hours=1)
        assert lab.recount(name) in ({}, {"cancelled": 5})


class TestSharing:
    def test_two_workers_claim_different_slices(self, lab):
        name = lab.approve(HOLD, "UTC", per_zone=600)
        held = []

        def another():
            held.append(lab.one("SELECT count(*) FROM slice WHERE owner IS NOT NULL"))
            lab.postman.amid = lambda: held.append(
                lab.one("SELECT count(DISTINCT owner) FROM slice WHERE owner IS NOT NULL")
            )
            lab.drain()

        lab.postman.amid = another
        lab.drain()
        assert held == [1, 2]
        assert lab.recount(name) == {"accepted": 600}
        assert len(set(lab.told())) == len(lab.told()) == 600

    def test_a_process_takes_no_more_than_its_places(self, lab):
        lab.approve(HOLD, "UTC", per_zone=1100)
        depth = []

        def another():
            depth.append(len(lab.told()))
            lab.postman.amid = another
            lab.drain()

        lab.postman.amid = another
        lab.drain()
        assert depth[:2] == [1, 2]
        assert depth[2] > 2


class TestWindow:
    def test_that_closes_amid_a_slice_carries_the_rest(self, lab):
        lab.engine.clock.advance(timedelta(hours=3))
        name = lab.approve(BY_DAY)  # 12:00, open until 20:00
        lab.postman.amid = lambda: lab.engine.clock.advance(timedelta(hours=9))
        lab.drain()
        assert lab.recount(name) == {"accepted": 50, "planned": 70}
        assert not lab.one("SELECT count(*) FROM slice WHERE owner IS NOT NULL")
        lab.engine.play(hours=11)  # until 08:00
        assert lab.recount(name) == {"accepted": 50, "planned": 70}
        assert lab.one("SELECT max(occurrence) FROM wave") == 2
        lab.engine.play(hours=2)
        assert lab.recount(name) == {"accepted": 120}

    def test_that_never_opens_again_gives_the_rest_up_at_once(self, lab):
        expires = lab.engine.clock.now + timedelta(hours=20)  # the next day, at 05:00
        name = lab.approve(BY_DAY, expires_at=expires)
        lab.postman.amid = lambda: lab.engine.clock.advance(timedelta(hours=12))
        lab.drain()
        lab.engine.sweep()
        assert lab.recount(name) == {"accepted": 50, "skipped": 70}
        assert lab.one("SELECT count(*) FROM outcome WHERE reason = :r", r=Skip.EXPIRED) == 70
        lab.engine.sweep()
        assert lab.engine.rollout(name).state is RolloutState.COMPLETED


class TestDatabase:
    def test_an_answer_is_written_once_the_database_is_back(self, lab):
        name = lab.approve()
        lab.life.end = lambda: OperationalError("COMMIT", {}, Exception("connection lost"))
        lab.life.left = DEATHS["before settling"]
        lab.drain()
        assert lab.recount(name) == {"accepted": 50, "planned": 70}
        lab.recover()
        lab.drain()
        assert lab.recount(name) == {"accepted": 120}
        assert len(lab.told()) == 120

    def test_a_commit_of_which_nobody_heard_loses_and_doubles_nothing(self, lab):
        name = lab.approve()
        lab.life.end = lambda: OperationalError("COMMIT", {}, Exception("connection lost"))
        lab.life.left = DEATHS["before settling"] + 1  # right after it was done
        lab.drain()
        lab.recover()
        lab.drain()
        assert lab.recount(name) == {"accepted": 70, "unknown": 50}
        assert len(lab.told()) == 70

    def test_whoever_has_no_address_any_more_is_skipped(self, lab):
        name = lab.approve(HOLD, per_zone=5)
        lab.sql("DELETE FROM subscription WHERE address_id = 1")
        lab.sql("DELETE FROM address WHERE id = 1")
        lab.drain()
        assert lab.recount(name) == {"accepted": 4, "skipped": 1}
        assert lab.one("SELECT reason FROM outcome WHERE result = 'skipped'") == Skip.ERASED


def operate(lab, act, name):
    with lab.engine.rt.work("staff:2") as uow:
        act(uow, name)


def leave(lab, *people):
    with lab.engine.rt.work() as uow:
        for index in people:
            uow.session.get_one(Subscription, index + 1).state = Consent.ENDED


def rest(lab, *people):
    """Have some people want quiet from 09:00 to 10:00, which is now."""
    for index in people:
        lab.sql(
            "UPDATE subscriber SET quiet_from = '09:00:00', quiet_to = '10:00:00' WHERE id = :id",
            id=index + 1,
        )


@contextmanager
def amid(lab, work):
    """Run *work* in a thread and go on while its first message has left and has no answer yet.

    Gives what lets the answer come, and waits for the end of *work*.
    """
    left, answered = Event(), Event()

    def wait():
        left.set()
        answered.wait()

    def answer():
        answered.set()
        thread.join()

    lab.postman.amid = wait
    thread = Thread(target=work)
    thread.start()
    left.wait()
    yield answer
    answer()
