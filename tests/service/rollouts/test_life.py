"""A rollout from approval to its end."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from channels.base import Reason, Result, Scope
from scheduling import zones
from scheduling.gates import GateInputs, judge
from scheduling.windows import allowed
from service.deliveries.models import DeliveryState
from service.errors import Conflict
from service.pages.models import Page
from service.publications.plans import URGENT, Gate, OnUnknown, Plan
from service.rollouts import actions
from service.rollouts.models import DecisionKind, PauseReason, RolloutState, StageState
from service.rollouts.queries import states
from service.subscribers.models import Kind
from tests.factories import a_subscriber, a_subscription, an_address

ACCEPTED, REJECTED = DeliveryState.ACCEPTED, DeliveryState.REJECTED
SILENCE = (Result.UNKNOWN, Scope.ADDRESS, Reason.TIMEOUT)
NOW = Plan(windows=(), gate=Gate(min_bake=0))


class TestRollout:
    def test_reaches_everybody_once(self, engine):
        """I1, I20: a delivery each, and each comes to an end."""
        rollout = engine.approve(engine.audience("Europe/Paris", per_zone=120), NOW)
        engine.play(hours=1, step_minutes=5)

        assert engine.recount(rollout) == {ACCEPTED: 120}
        assert engine.rollout(rollout).state is RolloutState.COMPLETED
        told = Counter(parcel.address.key for parcel in engine.postman.delivered)
        assert len(told) == 120
        assert set(told.values()) == {1}

    def test_nothing_leaves_before_it_is_planned_and_due(self, engine):
        engine.approve(engine.audience("Asia/Tokyo", per_zone=3))  # 18:00 there: open till 20
        assert engine.postman.delivered == []
        engine.tick()
        engine.tick()
        assert len(engine.postman.delivered) == 3

    def test_everybody_is_told_inside_a_window_of_their_own_clock(self, engine):
        """I7."""
        seen: list[tuple[datetime, str]] = []
        names = ("Asia/Tokyo", "America/New_York", "Europe/Paris", "Pacific/Auckland")
        rollout = engine.approve(engine.audience(*names, per_zone=15))
        for _ in range(8 * 24):
            before = len(engine.postman.delivered)
            engine.tick()
            seen += [
                (engine.clock.now, parcel.address.key)
                for parcel in engine.postman.delivered[before:]
            ]
            engine.clock.advance(timedelta(minutes=30))

        assert engine.recount(rollout) == {ACCEPTED: 60}
        rule = Plan().rule()
        for at, key in seen:
            zone = names[int(key[1 : key.index("@")]) % len(names)]
            assert allowed(zone, at, rule), (zone, at, zones.wall_clock(zone, at))

    def test_stages_grow_and_each_opens_by_a_stored_decision(self, engine):
        """I4, I5."""
        rollout = engine.approve(engine.audience("UTC", per_zone=300), NOW)
        engine.play(hours=2, step_minutes=5)

        row = engine.rollout(rollout)
        with engine.rt.read() as session:
            stages = states.stages(session, row.id)
            decisions = states.decisions(session, row.id)
        assert [stage.size for stage in stages] == sorted(stage.size for stage in stages)
        assert sum(stage.size for stage in stages) == 300
        assert all(stage.state is StageState.PASSED for stage in stages)
        assert [each.kind for each in decisions] == [
            DecisionKind.START,
            *[DecisionKind.GO] * (len(stages) - 1),
            DecisionKind.COMPLETE,
        ]
        assert all(each.gate_run_id for each in decisions if each.kind is DecisionKind.GO)

    def test_a_stage_bakes_before_the_next_opens(self, engine):
        plan = Plan(windows=(), gate=Gate(min_bake=120))
        engine.approve(engine.audience("UTC", per_zone=300), plan)
        engine.play(hours=1.5, step_minutes=5)
        first = len(engine.postman.delivered)
        engine.play(hours=1, step_minutes=5)
        assert first < len(engine.postman.delivered) < 300

    def test_systems_are_told_when_it_starts_and_not_ramped(self, engine):
        audience = engine.audience("UTC", per_zone=100)
        add_hook(engine, audience)
        engine.approve(audience, Plan(windows=(), gate=Gate(min_bake=600)))
        engine.tick()
        engine.tick()
        assert len(engine.hooks.delivered) == 1
        assert len(engine.postman.delivered) < 100

    def test_an_audience_of_nobody_completes_and_is_public(self, engine):
        rollout = engine.approve(engine.audience())
        engine.play(hours=0.5)
        assert engine.rollout(rollout).state is RolloutState.COMPLETED
        assert engine.rollout(rollout).started_at is not None

    def test_waits_for_its_not_before(self, engine):
        """I9."""
        start = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
        rollout = engine.approve(
            engine.audience("Europe/Paris", per_zone=3), Plan(not_before=start)
        )
        engine.play(hours=12)
        assert engine.rollout(rollout).state is RolloutState.SCHEDULED
        assert engine.postman.delivered == []
        engine.play(hours=24)
        assert engine.recount(rollout) == {ACCEPTED: 3}

    def test_whoever_is_left_at_expiry_is_skipped_with_that_reason(self, engine):
        """I9, I10."""
        expires = engine.clock.now + timedelta(hours=1)
        audience = engine.audience("America/Los_Angeles", per_zone=5)  # 01:00 there
        rollout = engine.approve(audience, expires_at=expires)
        engine.play(hours=2)
        assert engine.recount(rollout) == {DeliveryState.SKIPPED: 5}

    def test_who_may_have_it_at_expiry_stays_in_doubt_and_is_counted_once(self, engine):
        engine.postman.answers["p0@example.org"] = SILENCE
        plan = NOW.model_copy(update={"on_unknown": OnUnknown.RESEND})
        expires = engine.clock.now + timedelta(hours=1)
        audience = engine.audience("Europe/Paris", per_zone=2)
        rollout = engine.approve(audience, plan, expires_at=expires)
        engine.tick()
        engine.clock.advance(timedelta(hours=2))
        engine.tick()
        assert engine.recount(rollout) == {ACCEPTED: 1, DeliveryState.UNKNOWN: 1}
        assert engine.rollout(rollout).state is RolloutState.EXPIRED

    def test_people_who_move_while_it_is_planned_are_not_missed(self, engine):
        audience = engine.audience("Europe/Paris", "Asia/Tokyo", per_zone=2)
        rollout = engine.approve(audience, NOW)
        engine.tick()
        assert engine.rollout(rollout).size == 4


class TestGate:
    def test_too_many_refusals_pause_the_rollout(self, engine):
        refuse(engine, range(0, 400, 3))
        rollout = engine.approve(engine.audience("UTC", per_zone=400), NOW)
        engine.play(hours=3, step_minutes=5)

        row = engine.rollout(rollout)
        assert row.state is RolloutState.PAUSED
        assert row.pause_reason in (PauseReason.GATE, PauseReason.GUARD)
        counted = engine.recount(rollout)
        assert counted[DeliveryState.PLANNED] > 300

    def test_a_few_refusals_do_not(self, engine):
        refuse(engine, [7, 90])
        rollout = engine.approve(engine.audience("UTC", per_zone=400), NOW)
        engine.play(hours=3, step_minutes=5)
        assert engine.recount(rollout) == {ACCEPTED: 398, REJECTED: 2}

    def test_whoever_resumes_takes_it_on_themselves(self, engine):
        refuse(engine, range(0, 200, 2))
        rollout = engine.approve(engine.audience("UTC", per_zone=200), NOW)
        engine.play(hours=1, step_minutes=5)
        for _ in range(10):
            if engine.rollout(rollout).state is RolloutState.PAUSED:
                with engine.rt.work("staff:2") as uow:
                    actions.resume(uow, rollout, "the list is old, we know")
            engine.play(hours=1, step_minutes=5)
        assert engine.recount(rollout) == {ACCEPTED: 100, REJECTED: 100}

    def test_a_judgement_is_stored_with_what_it_was_derived_from(self, engine):
        rollout = engine.approve(engine.audience("UTC", per_zone=300), NOW)
        engine.play(hours=1, step_minutes=5)
        with engine.rt.read() as session:
            runs = states.gate_runs(session, engine.rollout(rollout).id)
        assert runs
        for run in runs:
            again = judge(GateInputs.from_json(run.inputs))
            assert again.verdict == run.verdict
            assert [each.to_json() for each in again.reasons] == run.reasons


class TestStopping:
    def test_nothing_leaves_while_it_is_paused_and_nothing_is_lost(self, engine):
        rollout = engine.approve(engine.audience("UTC", per_zone=300), NOW)
        engine.tick()
        engine.tick()
        with engine.rt.work("staff:2") as uow:
            actions.pause(uow, rollout, comment="wait")
        left = len(engine.postman.delivered)
        engine.play(hours=2)
        assert len(engine.postman.delivered) == left
        with engine.rt.work("staff:2") as uow:
            actions.resume(uow, rollout)
        engine.play(hours=2, step_minutes=5)
        assert engine.recount(rollout) == {ACCEPTED: 300}

    def test_abort_cancels_everybody_who_was_not_reached(self, engine):
        rollout = engine.approve(engine.audience("UTC", per_zone=300), NOW)
        engine.tick()
        engine.tick()
        with engine.rt.work("staff:2") as uow:
            actions.abort(uow, rollout, "mistake")
        engine.play(hours=2)
        counted = engine.recount(rollout)
        assert counted[DeliveryState.CANCELLED] == 300 - len(engine.postman.delivered)
        with engine.rt.work("staff:2") as uow, pytest.raises(Conflict):
            actions.resume(uow, rollout)

    def test_resuming_at_night_waits_for_the_next_window(self, engine):
        rollout = engine.approve(engine.audience("Europe/Paris", per_zone=60))
        plan = engine.queue.jobs.pop()
        engine.jobs[plan.actor](plan.subject)
        engine.queue.jobs.clear()  # its first wave is due; before anybody sends it:
        with engine.rt.work("staff:2") as uow:
            actions.pause(uow, rollout)
        engine.clock.now = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
        with engine.rt.work("staff:2") as uow:
            actions.resume(uow, rollout)
        engine.play(hours=4)
        assert engine.postman.delivered == []
        engine.play(hours=60)
        assert engine.recount(rollout) == {ACCEPTED: 60}


class TestSuperseding:
    def test_nobody_reads_the_old_update_after_the_new_one(self, engine):
        audience = engine.audience("America/Los_Angeles", per_zone=5)  # 01:00 there
        old = engine.approve(audience)
        engine.play(hours=2)
        new = engine.approve(audience, URGENT)
        engine.play(hours=30)
        assert engine.recount(old) == {DeliveryState.SKIPPED: 5}
        assert engine.recount(new) == {ACCEPTED: 5}

    def test_a_second_message_continues_the_thread_of_the_first(self, engine):
        audience = engine.audience("UTC", per_zone=2)
        engine.approve(audience, NOW)
        engine.play(hours=1)
        first = {parcel.address.key: parcel.id for parcel in engine.postman.delivered}
        engine.approve(audience, NOW)
        engine.play(hours=1)
        second = engine.postman.delivered[2:]
        assert {parcel.address.key: parcel.slots.thread for parcel in second} == first


def add_hook(engine, audience):
    with engine.rt.work() as uow:
        system = a_subscriber(uow, "UTC", kind=Kind.SYSTEM)
        address = an_address(uow, system, "https://hooks.example.org/x", channel="webhook")
        a_subscription(uow, address, uow.session.get_one(Page, audience.pages[0]))


def refuse(engine, indexes):
    for index in indexes:
        engine.postman.answers[f"p{index}@example.org"] = (
            Result.PERMANENT,
            Scope.ADDRESS,
            Reason.UNKNOWN_RECIPIENT,
        )
