"""Caps and digests: nobody gets more on its own than they want, and nothing is lost."""

from datetime import timedelta

import pytest

from channels.base import Reason, Result, Scope
from service.deliveries.manners import MANNERS, SINGLE, manners
from service.deliveries.models import Received
from service.publications.models import Publication, Purpose, Urgency
from service.subscribers.models import Frequency, Subscriber
from tests.service.deliveries.conftest import HOLD

LATER = (Result.TRANSIENT, Scope.ADDRESS, Reason.MAILBOX_FULL)


@pytest.fixture
def town(lab):
    """Ada, who wants two messages in any 24 hours, and Bob, who wants all."""
    audience = lab.engine.audience("UTC", per_zone=2)
    with lab.engine.rt.work() as uow:
        ada = uow.session.get_one(Subscriber, 1)
        ada.cap_most, ada.cap_hours = 2, 24
    return audience


def send(lab, audience, number, **given):
    name = lab.plan(lab.engine.approve(audience, HOLD, subject=f"event:{number}", **given))
    lab.drain()
    lab.dispatch()
    return name


def reasons(lab):
    with lab.engine.rt.read() as session:
        rows = session.connection().exec_driver_sql("SELECT reason FROM outcome").all()
    return [reason for (reason,) in rows if reason not in ("accepted", "mailbox_full")]


class TestCap:
    def test_what_is_over_it_is_kept_for_a_digest(self, lab, town):
        names = [send(lab, town, number) for number in range(3)]
        assert [lab.recount(name) for name in names] == [
            {"accepted": 2},
            {"accepted": 2},
            {"accepted": 1, "skipped": 1},
        ]
        assert reasons(lab) == ["capped"]

    def test_rolls_with_the_hours(self, lab, town):
        for number in range(4):
            send(lab, town, number)
            lab.engine.clock.advance(timedelta(hours=11))
        assert reasons(lab) == ["capped"]  # the third, 22 h after the first
        with lab.engine.rt.read() as session:
            assert session.query(Received).count() == 2  # a ring of two places, no more

    def test_another_attempt_is_no_other_message(self, lab, town):
        lab.answer(LATER, 0, 1)
        name = send(lab, town, 0)
        lab.postman.answers.clear()
        lab.engine.clock.advance(timedelta(minutes=2))
        lab.dispatch()
        assert lab.recount(name) == {"accepted": 2}
        send(lab, town, 1)
        assert reasons(lab) == []

    def test_what_was_not_tried_takes_no_second_place(self, lab, town):
        lab.answer((Result.NOT_TRIED, Scope.ADDRESS, Reason.TIMEOUT), 0)
        send(lab, town, 0)
        for _ in range(3):
            lab.holds_run_out()
            lab.dispatch()
        lab.postman.answers.clear()
        lab.holds_run_out()
        lab.dispatch()
        send(lab, town, 1)
        assert reasons(lab) == []

    def test_lowered_counts_what_was_got_before(self, lab, town):
        with lab.engine.rt.work() as uow:
            uow.session.get_one(Subscriber, 1).cap_most = 5
        for number in range(3):
            send(lab, town, number)
        with lab.engine.rt.work() as uow:
            uow.session.get_one(Subscriber, 1).cap_most = 2
        send(lab, town, 3)
        assert reasons(lab) == ["capped"]

    @pytest.mark.parametrize("urgency", [Urgency.IMPORTANT, Urgency.CRITICAL])
    def test_gives_way_to_what_matters(self, lab, town, urgency):
        for number in range(3):
            send(lab, town, number, urgency=urgency)
        assert reasons(lab) == []


class TestDigest:
    @pytest.mark.parametrize("frequency", [Frequency.DAILY, Frequency.WEEKLY])
    def test_takes_what_can_wait(self, lab, town, frequency):
        with lab.engine.rt.work() as uow:
            uow.session.get_one(Subscriber, 2).frequency = frequency
        send(lab, town, 0)
        assert reasons(lab) == ["digested"]

    def test_leaves_alone_what_matters(self, lab, town):
        with lab.engine.rt.work() as uow:
            uow.session.get_one(Subscriber, 2).frequency = Frequency.DAILY
        send(lab, town, 0, urgency=Urgency.IMPORTANT)
        assert reasons(lab) == []


class TestManners:
    def test_the_more_urgent_never_respects_what_the_less_urgent_does_not(self):
        ordered = [MANNERS[each] for each in sorted(Urgency)]
        for wish in ("windows", "quiet", "caps", "digests"):
            held = [getattr(each, wish) for each in ordered]
            assert held == sorted(held, reverse=True)

    def test_only_the_critical_breaks_into_quiet_hours(self):
        assert [each for each in Urgency if not MANNERS[each].quiet] == [Urgency.CRITICAL]

    def test_what_goes_to_one_person_waits_for_nothing(self):
        mail = Publication(purpose=Purpose.CONFIRMATION, urgency=Urgency.NORMAL)
        assert manners(mail) is SINGLE
