"""Corrections: exactly those reached, each on the thread of their own message."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from channels.base import Reason, Result, Scope
from service.deliveries.models import DeliveryState
from service.errors import Conflict, Invalid
from service.moderation.actions import approve
from service.publications import queries as publications
from service.publications.models import Publication, Urgency
from service.publications.plans import Gate, OnUnknown, Plan
from service.rollouts.correcting import CorrectionWish, correct
from service.rollouts.models import RolloutState
from service.rollouts.queries import states
from service.subscribers.models import Consent, Subscription

WORDS = {"fr": "Corrigé", "en": "Corrected"}
WISH = CorrectionWish(WORDS, WORDS, "the date was wrong", aborts=True)
DOUBTFUL = (Result.UNKNOWN, Scope.ADDRESS, Reason.TIMEOUT)
GONE = (Result.PERMANENT, Scope.ADDRESS, Reason.UNKNOWN_RECIPIENT)
PLAN = Plan(
    windows=(), growth={"kind": "absolute", "steps": [60]}, gate=Gate(min_bake=600, max_bake=2000)
)


def begun(engine, people=120):
    name = engine.approve(engine.audience("UTC", per_zone=people), PLAN)
    engine.play(hours=0.2, step_minutes=2)
    return name


def corrected(engine, name, wish=WISH):
    with engine.rt.work("staff:1") as uow:
        held = correct(uow, name, wish)
        public_id, seen = held.public_id, held.hash
    with engine.rt.work("staff:2") as uow:
        approve(uow, public_id, seen)
    with engine.rt.read() as session:
        found = publications.by_public_id(session, public_id)
        assert found is not None
        rollout = states.of_publication(session, found.id)
        assert rollout is not None
        return rollout.public_id


def reached(engine, name):
    with engine.rt.read() as session:
        return set(
            session.scalars(
                text(
                    """SELECT address_id FROM delivery_state WHERE rollout_id = :r
                    AND state IN ('accepted', 'unknown')"""
                ),
                {"r": engine.rollout(name).id},
            )
        )


def addressed(engine, name):
    with engine.rt.read() as session:
        return set(
            session.scalars(
                text("SELECT address_id FROM delivery WHERE rollout_id = :r"),
                {"r": engine.rollout(name).id},
            )
        )


class TestCorrection:
    def test_goes_to_exactly_those_reached_or_perhaps_reached(self, engine):
        """I17."""
        for index in (3, 4, 50, 80, 100):
            engine.postman.answers[f"p{index}@example.org"] = DOUBTFUL
        engine.postman.answers["p7@example.org"] = GONE
        name = begun(engine)
        told = reached(engine, name)
        assert 0 < len(told) < 120

        engine.postman.answers.clear()
        correction = corrected(engine, name)
        engine.play(hours=1, step_minutes=5)
        assert engine.rollout(name).state is RolloutState.ABORTED
        assert addressed(engine, correction) == told == reached(engine, name)
        assert engine.recount(correction) == {DeliveryState.ACCEPTED: len(told)}

    def test_goes_to_whom_a_first_attempt_may_have_reached_whatever_came_later(self, engine):
        """I17: what we leave undone later takes no doubt back; only the far side's word does."""
        for index in range(4):
            engine.postman.answers[f"p{index}@example.org"] = DOUBTFUL
        plan = PLAN.model_copy(update={"on_unknown": OnUnknown.RESEND})
        soon = engine.clock.now + timedelta(hours=8)
        name = engine.approve(engine.audience("UTC", per_zone=4), plan, expires_at=soon)
        engine.tick()
        engine.tick()
        with engine.rt.work() as uow:
            uow.session.execute(text("UPDATE lane_two SET hold_until = 0"))
            one = uow.session.query(Subscription).order_by(Subscription.id).first()
            one.state = Consent.ENDED
        busy = (Scope.ADDRESS, Reason.THROTTLED)
        engine.postman.answers["p1@example.org"] = (Result.NOT_TRIED, *busy)
        engine.postman.answers["p2@example.org"] = (Result.TRANSIENT, *busy)
        engine.postman.answers["p3@example.org"] = GONE
        engine.tick()
        engine.clock.advance(timedelta(hours=8))
        engine.tick()
        assert engine.recount(name) == {DeliveryState.UNKNOWN: 3, DeliveryState.REJECTED: 1}
        assert len(reached(engine, name)) == 3

    def test_continues_the_thread_of_each_ones_own_message(self, engine):
        name = begun(engine)
        first = {parcel.address.key: parcel.id for parcel in engine.postman.delivered}
        before = len(engine.postman.delivered)
        corrected(engine, name)
        engine.play(hours=1, step_minutes=5)
        second = engine.postman.delivered[before:]
        assert {parcel.address.key: parcel.slots.thread for parcel in second} == first

    def test_waits_until_nothing_of_what_it_corrects_is_in_flight(self, engine):
        name = begun(engine)
        with engine.rt.work() as uow:
            uow.session.execute(
                text("UPDATE slice SET owner = 'x', lease_until = 9e12 WHERE n_lo = 1")
            )
        correction = corrected(engine, name)
        engine.play(hours=0.5, step_minutes=5)
        assert engine.rollout(correction).state is RolloutState.PLANNING
        with engine.rt.work() as uow:
            uow.session.execute(text("UPDATE slice SET owner = NULL, lease_until = NULL"))
        engine.play(hours=1, step_minutes=5)
        assert engine.rollout(correction).state is RolloutState.COMPLETED

    def test_whoever_left_meanwhile_is_counted_and_not_written_to(self, engine):
        name = begun(engine)
        told = reached(engine, name)
        with engine.rt.work() as uow:
            uow.session.get_one(Subscription, min(told)).state = Consent.ENDED
        correction = corrected(engine, name)
        engine.play(hours=1, step_minutes=5)
        assert engine.recount(correction) == {
            DeliveryState.ACCEPTED: len(told) - 1,
            DeliveryState.SKIPPED: 1,
        }

    def test_a_running_one_is_aborted_first_and_only_if_asked(self, engine):
        name = begun(engine)
        with pytest.raises(Conflict, match="still runs"), engine.rt.work("staff:1") as uow:
            correct(uow, name, CorrectionWish(WORDS, WORDS))

    def test_where_nobody_was_reached_there_is_nothing_to_correct(self, engine):
        name = engine.approve(engine.audience("UTC", per_zone=3), PLAN)
        with pytest.raises(Conflict, match="nobody"), engine.rt.work("staff:1") as uow:
            correct(uow, name, WISH)
        assert engine.rollout(name).state is RolloutState.PLANNING

    def test_says_the_same_in_every_language_it_speaks(self, engine):
        name = begun(engine)
        with pytest.raises(Invalid, match="body/fr"), engine.rt.work("staff:1") as uow:
            correct(uow, name, CorrectionWish(WORDS, {"en": "Corrected"}, aborts=True))

    def test_retracting_takes_it_off_pages_and_is_urgent_news(self, engine):
        name = begun(engine)
        wish = CorrectionWish(WORDS, WORDS, "wrong platform", aborts=True, retracts=True)
        correction = corrected(engine, name, wish)
        with engine.rt.read() as session:
            wrong = session.get_one(Publication, engine.rollout(name).publication_id)
            news = session.get_one(Publication, engine.rollout(correction).publication_id)
        assert wrong.retracted_at is not None
        assert news.content["type"] == "announcement.retracted"
        assert news.urgency is Urgency.IMPORTANT
