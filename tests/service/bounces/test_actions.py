"""service.bounces.actions"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.base import Reason, Result, Scope
from channels.email.bounces.causes import Cause
from channels.email.bounces.classify import classify
from service.access.envelopes import opened
from service.bounces import actions, queries
from service.bounces.actions import Word
from service.deliveries.models import DeliveryEvent, Echo
from service.metrics import queries as metrics
from service.publications.plans import URGENT, OnUnknown, Plan
from service.subscribers.models import Address, Consent, EndReason, Subscription

DEAD = (Result.PERMANENT, Scope.ADDRESS, Reason.UNKNOWN_RECIPIENT)
LOST = (Result.UNKNOWN, Scope.ADDRESS, Reason.INTERRUPTED)
HARD = Word(Echo.HARD_BOUNCE, Cause.USER_UNKNOWN, "550 5.1.1 no such user", "mail")
SOFT = Word(Echo.SOFT_BOUNCE, Cause.MAILBOX_FULL, "552 5.2.2 mailbox full", "mail")
COMPLAINT = Word(Echo.COMPLAINT, Cause.FEEDBACK, "abuse", "mail")


@pytest.fixture
def told(engine):
    """Send something to some people; return the place of each."""

    def send(people: int = 1, audience=None):
        audience = audience or engine.audience("Europe/Paris", per_zone=people)
        engine.approve(audience, URGENT)
        engine.play(hours=1, step_minutes=10)
        parcels = engine.postman.delivered[-people:] if engine.postman.delivered else []
        with engine.rt.read() as session:
            return audience, [_place(session, each) for each in parcels]

    return send


def _place(session, parcel):
    door, numbers = opened(parcel.slots.return_path)
    assert door == "b"
    place = queries.place_of(session, *numbers)
    assert place is not None
    return place


def suppressed(engine):
    with engine.rt.read() as session:
        found = session.scalars(select(Address).where(Address.suppressed_at.is_not(None))).all()
        return sorted(each.key for each in found)


class TestNote:
    def test_the_same_word_counts_once(self, engine, told):
        _, (place,) = told()
        with engine.rt.work() as uow:
            assert actions.note(uow, place, HARD)
            assert not actions.note(uow, place, HARD)

    def test_a_dead_address_settles_what_was_in_doubt(self, engine):
        engine.postman.answers["p0@example.org"] = LOST
        held = Plan(windows=(), on_unknown=OnUnknown.HOLD)
        name = engine.approve(engine.audience("UTC", per_zone=1), held)
        engine.play(hours=1, step_minutes=10)
        assert engine.recount(name) == {"unknown": 1}
        with engine.rt.work() as uow:
            place = queries.place_of(uow.session, engine.rollout(name).id, 1)
            assert place
            actions.note(uow, place, HARD)
        assert engine.recount(name) == {"rejected": 1}
        assert suppressed(engine) == ["p0@example.org"]

    def test_a_dead_address_calls_the_resending_off(self, engine):
        engine.postman.answers["p0@example.org"] = LOST
        again = Plan(windows=(), on_unknown=OnUnknown.RESEND)
        name = engine.approve(engine.audience("UTC", per_zone=1), again)
        engine.tick()
        assert engine.recount(name) == {"deferred": 1}
        with engine.rt.work() as uow:
            place = queries.place_of(uow.session, engine.rollout(name).id, 1)
            assert place
            actions.note(uow, place, HARD)
        assert engine.recount(name) == {"rejected": 1}

    @pytest.mark.parametrize(
        "words",
        [
            "550 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org",
            "550 5.7.26 Unauthenticated email is not accepted due to the domain's DMARC policy",
            "554 5.7.1 Message rejected as spam by content filtering",
            "550 5.7.1 Delivery not authorized, message refused",
        ],
    )
    def test_what_is_said_of_us_costs_no_subscriber_anything(self, engine, told, words):
        _, (place,) = told()
        mail = (
            "From: MAILER-DAEMON@mx.example.org\n\nFinal-Recipient: rfc822; who@example.org\n"
            f"Action: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; {words}\n"
        )
        for _ in range(3):
            with engine.rt.work() as uow:
                actions.accuse(uow, place, classify(mail.encode()).findings, "mail")
        assert suppressed(engine) == []
        with engine.rt.read() as session:
            assert [each.kind for each in session.scalars(select(DeliveryEvent))] == [Echo.BLAME]
            ended = select(Subscription).where(Subscription.state == Consent.ENDED)
            assert session.scalars(ended).all() == []
            ((weight, _, count),) = metrics.returned(session, engine.rt.clock())
        assert (weight, count) == (Echo.BLAME, 1)

    def test_a_fresh_address_gets_nothing_more(self, engine, told):
        audience, (place,) = told()
        with engine.rt.work() as uow:
            actions.note(uow, place, HARD)
        assert suppressed(engine) == ["p0@example.org"]
        before = len(engine.postman.delivered)
        told(0, audience)
        assert len(engine.postman.delivered) == before

    def test_an_old_subscriber_needs_two_messages_a_day_apart(self, engine, told):
        audience, (first,) = told()
        with engine.rt.work() as uow:
            uow.session.get_one(Address, first.address_id).verified_at = uow.now - timedelta(99)
        with engine.rt.work() as uow:
            actions.note(uow, first, HARD)
        assert suppressed(engine) == []
        engine.clock.advance(timedelta(hours=25))
        _, (second,) = told(1, audience)
        with engine.rt.work() as uow:
            actions.note(uow, second, HARD)
        assert suppressed(engine) == ["p0@example.org"]

    def test_a_complaint_ends_that_consent_and_no_other(self, engine, told):
        _, (place,) = told()
        with engine.rt.work() as uow:
            actions.note(uow, place, COMPLAINT)
        with engine.rt.read() as session:
            (subscription,) = session.scalars(select(Subscription)).all()
        assert (subscription.state, subscription.ended_reason) == (
            Consent.ENDED,
            EndReason.COMPLAINT,
        )
        assert suppressed(engine) == []


class TestFollow:
    def test_refusals_in_our_own_session_are_taken_up_once(self, engine, told):
        engine.postman.answers["p0@example.org"] = DEAD
        told(1)
        for _ in range(2):
            with engine.rt.work() as uow:
                actions.follow(uow)
        with engine.rt.read() as session:
            (found,) = session.scalars(select(DeliveryEvent)).all()
        assert (found.kind, found.source) == (Echo.HARD_BOUNCE, "smtp")
        assert suppressed(engine) == ["p0@example.org"]


class TestStorm:
    PEOPLE = 30

    @pytest.fixture
    def storm(self, engine, told):
        _, places = told(self.PEOPLE)
        for place in places[:15]:
            with engine.rt.work() as uow:
                actions.note(uow, place, HARD)
        with engine.rt.read() as session:
            (storm,) = queries.storms(session)
        return storm

    def test_nobody_more_is_suppressed(self, engine, storm):
        assert storm.ended_at is None
        assert len(suppressed(engine)) == 9

    def test_disbelieved_it_leaves_no_trace(self, engine, storm):
        with engine.rt.work("staff:1") as uow:
            assert actions.end_storm(uow, storm.id, believed=False) == 15
        assert suppressed(engine) == []

    def test_full_mailboxes_by_the_dozen_are_one_too(self, engine, told):
        _, places = told(self.PEOPLE)
        for place in places[:10]:
            with engine.rt.work() as uow:
                assert queries.storm_over(uow.session, place.lane) is None
                actions.note(uow, place, SOFT)
        with engine.rt.read() as session:
            (storm,) = queries.storms(session)
        with engine.rt.work("staff:1") as uow:
            assert actions.end_storm(uow, storm.id, believed=False) == 10

    def test_believed_its_dead_are_suppressed(self, engine, storm):
        with engine.rt.work("staff:1") as uow:
            assert actions.end_storm(uow, storm.id, believed=True) == 6
        assert len(suppressed(engine)) == 15
