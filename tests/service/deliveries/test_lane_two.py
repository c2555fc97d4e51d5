"""Lane two: single messages, in time, fairly, and never more often than they must."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from channels.base import Outcome, Reason, Result, Scope
from channels.registry import Registry
from scheduling.rates import recovered, slowed
from service.deliveries.models import LaneTwo, Skip, Slice
from service.deliveries.queries import limits
from service.publications.models import Purpose, Urgency
from service.publications.plans import URGENT, Plan
from service.rollouts import actions
from service.rollouts.models import RolloutState
from service.subscribers.audience import Audience
from service.subscribers.models import Address, Consent, Subscriber, Subscription
from tests.factories import a_subscriber, a_subscription, an_address
from tests.service.deliveries.conftest import BY_DAY, HOLD

LATER = (Result.TRANSIENT, Scope.ADDRESS, Reason.MAILBOX_FULL)
THROTTLED = (Result.TRANSIENT, Scope.LANE, Reason.THROTTLED)
NOT_TRIED = (Result.NOT_TRIED, Scope.ADDRESS, Reason.TIMEOUT)
DOWN = (Result.NOT_TRIED, Scope.INSTANCE, Reason.UNREACHABLE)


def advance(lab, **by):
    lab.engine.clock.advance(timedelta(**by))


def rows(lab):
    with lab.engine.rt.read() as session:
        return session.query(LaneTwo).order_by(LaneTwo.id).all()


class TestLog:
    def test_names_what_did_not_arrive_and_why_by_no_address(self, lab):
        lab.approve(HOLD, per_zone=2)
        lab.answer(LATER, 1)
        with capture_logs() as said:
            lab.drain()
        (line,) = (each for each in said if each["event"] == "not_accepted")
        assert len(line.pop("deliveries")) == 1
        assert line == {
            "event": "not_accepted",
            "log_level": "info",
            "channel": "email",
            "reasons": ["transient: mailbox_full"],
        }


class TestRetry:
    def test_follows_the_schedule_and_ends_with_the_first_answer(self, lab):
        name = lab.approve(HOLD, per_zone=1)
        lab.answer(LATER, 0)
        lab.drain()
        assert lab.recount(name) == {"deferred": 1}
        for minutes in (1, 5, 15):
            lab.dispatch()
            assert rows(lab)[0].due_at == lab.engine.clock.now + timedelta(minutes=minutes)
            advance(lab, minutes=minutes)
            lab.dispatch()
        lab.postman.answers.clear()
        advance(lab, minutes=30)
        lab.dispatch()
        assert lab.recount(name) == {"accepted": 1}
        assert lab.one("SELECT max(attempt) FROM outcome") == 5
        assert rows(lab) == []

    def test_counts_in_the_stage_that_first_tried(self, lab):
        lab.approve(HOLD, per_zone=3)
        lab.answer(LATER, 0, 1, 2)
        lab.drain()
        refused = (Result.PERMANENT, Scope.ADDRESS, Reason.CONTENT)
        lab.answer(refused, 0, 1)
        lab.postman.answers.pop("p2@example.org")
        advance(lab, minutes=1)
        lab.dispatch()
        with lab.engine.rt.read() as session:
            part = session.query(Slice).filter(Slice.n_lo.is_not(None)).one()
        assert (part.sent, part.refused, part.moved) == (1, 2, 0)

    def test_waits_as_long_as_the_far_side_asks(self, lab):
        lab.approve(HOLD, per_zone=1)
        asks(lab, 1800)
        lab.drain()
        assert rows(lab)[0].due_at == lab.engine.clock.now + timedelta(minutes=30)

    def test_what_was_not_tried_keeps_its_attempt(self, lab):
        name = lab.approve(HOLD, per_zone=2)
        lab.answer(NOT_TRIED, 0, 1)
        lab.drain()
        for _ in range(3):
            lab.holds_run_out()
            lab.dispatch()
        assert [row.attempt for row in rows(lab)] == [1, 1]
        assert lab.recount(name) == {"planned": 2}
        lab.postman.answers.clear()
        lab.dispatch()
        assert lab.told() == []  # real seconds must pass first
        lab.holds_run_out()
        lab.dispatch()
        assert lab.recount(name) == {"accepted": 2}

    def test_of_what_may_be_repeated_needs_no_policy(self, lab):
        audience = lab.engine.audience()
        a_hook(lab, audience.pages[0])
        name = lab.plan(lab.engine.approve(audience, HOLD))
        lab.engine.hooks.answers["https://hooks.example.org/0"] = (
            Result.UNKNOWN,
            Scope.ADDRESS,
            Reason.TIMEOUT,
        )
        lab.dispatch("webhook")
        assert lab.recount(name) == {"deferred": 1}
        lab.engine.hooks.answers.clear()
        advance(lab, seconds=6)
        lab.dispatch("webhook")
        assert lab.recount(name) == {"accepted": 1}


class TestHold:
    def test_a_dead_relay_holds_the_channel_until_it_answers_again(self, lab):
        name = lab.approve(HOLD, per_zone=120)
        lab.answer(DOWN, *range(120))
        lab.drain()
        assert lab.recount(name) == {"planned": 120}
        assert len(rows(lab)) == 50  # the slice stops after one batch
        assert lab.one('SELECT failures FROM "limit"') == 1
        lab.drain()
        lab.dispatch()
        assert len(rows(lab)) == 50  # held: nobody even tries
        lab.postman.answers.clear()
        lab.holds_run_out()
        lab.dispatch()
        assert len(lab.told()) == 50
        assert not lab.one('SELECT count(*) FROM "limit"')
        lab.drain()
        assert lab.recount(name) == {"accepted": 120}

    def test_it_lasts_longer_with_each_failure(self, lab):
        lab.approve(HOLD, per_zone=1)
        lab.answer(DOWN, 0)
        lasted = []
        lab.drain()
        for _ in range(8):
            lasted.append(held_seconds(lab))
            lab.holds_run_out()
            lab.dispatch()
        assert lasted == pytest.approx([5, 10, 20, 40, 80, 160, 300, 300], abs=2)

    def test_a_provider_that_throttles_holds_up_nobody_else(self, lab):
        name = lab.approve(HOLD, per_zone=4)
        with lab.engine.rt.work() as uow:
            for number in (1, 2):
                uow.session.get_one(Address, number).lane = "busy.example"
        lab.answer(LATER, 2, 3)
        lab.answer(THROTTLED, 0, 1)
        lab.drain()
        lab.postman.answers.clear()
        advance(lab, minutes=1)
        lab.dispatch()
        assert lab.recount(name) == {"accepted": 2, "deferred": 2}
        lab.holds_run_out()
        lab.dispatch()
        assert lab.recount(name) == {"accepted": 4}
        assert lab.one('SELECT failures FROM "limit"') == 0  # its failures are forgotten

    def test_a_provider_that_throttles_is_sent_to_slowly_until_it_bears_more(self, lab):
        lab.approve(HOLD, per_zone=1)
        lab.answer(THROTTLED, 0)
        lab.drain()
        assert lab.one('SELECT most FROM "limit"') == slowed(None)
        lab.holds_run_out()
        advance(lab, minutes=1)
        lab.dispatch()
        assert lab.one('SELECT most FROM "limit"') == slowed(slowed(None))
        lab.postman.answers.clear()
        lab.holds_run_out()
        lab.sql('UPDATE "limit" SET free_at = 0')
        advance(lab, minutes=5)
        lab.dispatch()
        assert lab.one('SELECT most FROM "limit"') == recovered(slowed(slowed(None)))

    def test_an_unavailable_channel_keeps_its_messages(self, lab):
        audience = lab.engine.audience()
        a_hook(lab, audience.pages[0])
        lab.plan(lab.engine.approve(audience, HOLD))
        channels = lab.engine.rt.channels
        gone = Registry({"email": lab.postman}, {}, {"webhook": "broken"})
        object.__setattr__(lab.engine.rt, "channels", gone)
        lab.engine.restart()
        lab.dispatch("webhook")
        assert len(rows(lab)) == 1
        object.__setattr__(lab.engine.rt, "channels", channels)
        lab.engine.restart()
        lab.dispatch("webhook")
        assert rows(lab) == []


class TestFairness:
    def test_one_address_has_one_message_in_flight(self, lab):
        audience = lab.engine.audience()
        a_hook(lab, audience.pages[0])
        for number in range(3):
            lab.plan(lab.engine.approve(audience, HOLD, subject=f"event:{number}"))
        batches = batches_of(lab.engine.hooks)
        lab.dispatch("webhook")
        assert batches == [1, 1, 1]

    def test_one_host_has_no_more_than_its_share_of_a_batch(self, lab):
        audience = lab.engine.audience()
        for number in range(5):
            a_hook(lab, audience.pages[0], number)
        a_hook(lab, audience.pages[0], 9, lane="other.example.org")
        lab.plan(lab.engine.approve(audience, HOLD))
        batches = batches_of(lab.engine.hooks)
        lab.dispatch("webhook")
        assert batches == [3, 2, 1]

    def test_a_crowd_behind_one_provider_does_not_keep_others_waiting(self, lab):
        lab.approve(HOLD, per_zone=301)
        with lab.engine.rt.work() as uow:
            uow.session.get_one(Address, 301).lane = "small.example"
        lab.answer(LATER, *range(301))
        lab.drain()
        lab.sql("UPDATE lane_two SET due_at = :due", due="2026-11-23 09:00:00.000000+00:00")
        lab.sql(
            "UPDATE lane_two SET due_at = :due WHERE lane = 'small.example'",
            due="2026-11-23 09:01:00.000000+00:00",
        )
        lab.postman.answers.clear()
        advance(lab, minutes=2)
        first = []
        lab.postman.watch = lambda parcels: first.append({p.address.lane for p in parcels})
        lab.dispatch()
        assert first[0] == {"example.org", "small.example"}
        assert len(lab.told()) == 301

    def test_those_that_are_slow_wait_for_each_other_alone(self, lab):
        audience = lab.engine.audience()
        for number in range(3):
            a_hook(lab, audience.pages[0], number, lane=f"h{number}.example.org")
        slow = "https://hooks.example.org/0"
        lab.engine.hooks.answers[slow] = (Result.TRANSIENT, Scope.ADDRESS, Reason.TIMEOUT)
        lab.plan(lab.engine.approve(audience, HOLD, subject="event:0"))
        batches = batches_of(lab.engine.hooks)
        lab.dispatch("webhook")
        assert batches == [3]  # nobody knew
        lab.plan(lab.engine.approve(audience, HOLD, subject="event:1"))
        lab.dispatch("webhook")
        assert batches == [3, 2, 1]

    def test_what_somebody_waits_for_goes_first(self, lab):
        lab.approve(HOLD, per_zone=60)
        lab.answer(LATER, *range(60))
        lab.drain()
        lab.postman.answers.clear()
        advance(lab, minutes=2)
        single(lab, 60)
        lab.dispatch()
        assert lab.told()[0].endswith("-1")
        assert lab.postman.delivered[0].address.key == "p59@example.org"


class TestPassedOver:
    def test_by_ones_own_quiet_hours(self, lab):
        name = lab.approve(BY_DAY, per_zone=2)
        lab.sql("UPDATE subscriber SET quiet_from = '08:00:00', quiet_to = '11:00:00' WHERE id = 1")
        lab.drain()
        assert lab.recount(name) == {"accepted": 1, "planned": 1}
        assert (rows(lab)[0].attempt, rows(lab)[0].due_at.hour) == (1, 11)
        advance(lab, hours=2)
        lab.dispatch()
        assert lab.recount(name) == {"accepted": 2}

    def test_by_a_zone_one_moved_to(self, lab):
        name = lab.approve(BY_DAY, per_zone=1)
        with lab.engine.rt.work() as uow:
            uow.session.get_one(Subscriber, 1).timezone = "America/Los_Angeles"  # 01:00 there
        lab.drain()
        assert lab.recount(name) == {"planned": 1}
        assert rows(lab)[0].due_at.hour == 17
        advance(lab, hours=8)
        with lab.engine.rt.work() as uow:
            uow.session.get_one(Subscriber, 1).timezone = "Asia/Tokyo"  # and on: 02:00 there
        lab.dispatch()
        assert lab.told() == []
        assert rows(lab)[0].due_at.hour == 0

    def test_systems_are_not(self, lab):
        audience = lab.engine.audience()
        a_hook(lab, audience.pages[0], zone="America/Los_Angeles")
        name = lab.plan(lab.engine.approve(audience, BY_DAY))
        lab.dispatch("webhook")
        assert lab.recount(name) == {"accepted": 1}

    def test_a_retry_too_keeps_to_the_window(self, lab):
        advance(lab, hours=10, minutes=40)  # 19:40
        name = lab.approve(BY_DAY, per_zone=1)
        lab.answer(LATER, 0)
        lab.drain()
        lab.postman.answers.clear()
        advance(lab, minutes=25)  # 20:05
        lab.dispatch()
        assert lab.recount(name) == {"deferred": 1}
        advance(lab, hours=13)
        lab.dispatch()
        assert lab.recount(name) == {"accepted": 1}


class TestConsent:
    def test_that_ended_before_the_mark_is_respected(self, lab):
        name = lab.approve(HOLD, per_zone=2)
        lab.answer(LATER, 0, 1)
        lab.drain()
        lab.postman.answers.clear()
        with lab.engine.rt.work() as uow:
            uow.session.get_one(Subscription, 1).state = Consent.ENDED
        advance(lab, minutes=1)
        lab.dispatch()
        assert lab.recount(name) == {"accepted": 1, "skipped": 1}
        assert lab.one("SELECT reason FROM outcome WHERE result = 'skipped'") == Skip.UNSUBSCRIBED

    @pytest.mark.parametrize("state", [Consent.PENDING, Consent.ENDED])
    def test_is_needed_whatever_the_urgency(self, lab, state):
        audience = lab.engine.audience("UTC", per_zone=2)
        name = lab.plan(lab.engine.approve(audience, URGENT, urgency=Urgency.CRITICAL))
        with lab.engine.rt.work() as uow:
            for number in (1, 2):
                uow.session.get_one(Subscription, number).state = state
        lab.engine.play(hours=1, step_minutes=5)
        assert lab.recount(name) == {"skipped": 2}

    def test_nobody_reads_the_older_update_in_a_retry_or_a_later_stage(self, lab):
        audience = lab.engine.audience("UTC", per_zone=20)
        plan = Plan(windows=(), growth={"kind": "absolute", "steps": [5]})
        old = lab.plan(lab.engine.approve(audience, plan))
        lab.answer(LATER, *range(20))
        lab.drain()
        lab.postman.answers.clear()
        new = lab.plan(lab.engine.approve(audience, HOLD))
        lab.engine.play(hours=30)
        assert lab.recount(new) == {"accepted": 20}
        assert lab.recount(old) == {"skipped": 20}


class TestSingle:
    def test_leaves_at_once_and_completes(self, lab):
        lab.engine.audience("UTC", per_zone=1)
        name = single(lab, 1)
        lab.engine.run_jobs()
        assert lab.recount(name) == {"accepted": 1}
        lab.engine.tick()
        assert lab.engine.rollout(name).state is RolloutState.COMPLETED

    def test_can_be_paused_and_resumed(self, lab):
        lab.engine.audience("UTC", per_zone=1)
        name = single(lab, 1)
        with lab.engine.rt.work("staff:1") as uow:
            actions.pause(uow, name)
        lab.engine.tick()
        assert lab.told() == []
        with lab.engine.rt.work("staff:1") as uow:
            actions.resume(uow, name)
        lab.engine.tick()
        assert lab.recount(name) == {"accepted": 1}

    def test_is_not_sent_once_it_has_expired(self, lab):
        lab.engine.audience("UTC", per_zone=1)
        name = single(lab, 1)
        advance(lab, days=8)
        lab.engine.run_jobs()
        assert lab.recount(name) == {"skipped": 1}


def a_hook(lab, page, number=0, zone="UTC", lane="hooks.example.org"):
    with lab.engine.rt.work() as uow:
        system = a_subscriber(uow, zone)
        url = f"https://hooks.example.org/{number}"
        address = an_address(uow, system, url, channel="webhook", lane=lane)
        a_subscription(uow, address, page_id=page)


def single(lab, address):
    with lab.engine.rt.work() as uow:
        draft = lab.engine.draft(
            Audience(addresses=(address,)),
            purpose=Purpose.STAFF,
            urgency=Urgency.CRITICAL,
            subject=f"staff:{address}",
        )
        return actions.send_single(uow, draft, address).public_id


def batches_of(postman):
    """The sizes of the batches that a channel is given from now on."""
    sizes, send = [], postman.send

    def counted(parcels, deadline):
        sizes.append(len(parcels))
        return send(parcels, deadline)

    postman.send = counted
    return sizes


def asks(lab, seconds):
    def send(parcels, deadline):
        for parcel in parcels:
            yield Outcome(parcel, *LATER, retry_after=seconds)

    lab.postman.send = send


def held_seconds(lab):
    with lab.engine.rt.read() as session:
        return limits.held(session)["channel", "email"]
