"""Gates and guards of real rollouts: signals, thresholds, holds, overrides, replays."""

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, text

from channels.base import Reason, Result, Scope
from scheduling.gates import Weight
from service.access.models import Role, Staff
from service.db.base import Instant
from service.deliveries.models import DeliveryEvent, DeliveryState, Echo
from service.errors import Conflict, Forbidden, Invalid
from service.publications.gates import (
    BooleanWatch,
    ExpectedWatch,
    RatioWatch,
    Source,
    ThresholdWatch,
)
from service.publications.plans import Gate, Plan
from service.rollouts import actions
from service.rollouts.finding import locked_rollout
from service.rollouts.models import DecisionKind, PauseReason, RolloutState, StageState
from service.rollouts.overriding import override
from service.rollouts.queries import measures, states
from service.rollouts.replaying import replay
from service.rollouts.signalling import SignalWish, signal

GROWTH = {"kind": "absolute", "steps": [100]}
TICKETS = RatioWatch(key="tickets", kind="ratio", good=0.01, bad=0.08)


def refuse(engine, indexes):
    for index in indexes:
        answer = (Result.PERMANENT, Scope.ADDRESS, Reason.UNKNOWN_RECIPIENT)
        engine.postman.answers[f"p{index}@example.org"] = answer


def a_plan(*metrics, **gate):
    given = {"min_bake": 10, "max_bake": 600, **gate}
    return Plan(windows=(), growth=GROWTH, gate=Gate(metrics=metrics, **given))


def push(engine, name, key, value, denominator=None, *, ago=0, lasted=5, source="desk"):
    end = engine.clock.now - timedelta(minutes=ago)
    wish = SignalWish(key, value, denominator, end - timedelta(minutes=lasted), end, source)
    with engine.rt.work("key:1") as uow:
        signal(uow, name, wish)


def begun(engine, plan, people=300):
    name = engine.approve(engine.audience("UTC", per_zone=people), plan)
    engine.play(hours=0.2, step_minutes=1)
    return name


def stages(engine, name):
    with engine.rt.read() as session:
        return states.stages(session, engine.rollout(name).id)


def decisions(engine, name):
    with engine.rt.read() as session:
        return [each.kind for each in states.decisions(session, engine.rollout(name).id)]


def codes(engine, name, metric):
    with engine.rt.read() as session:
        run = states.gate_runs(session, engine.rollout(name).id)[0]
    return next(each["code"] for each in run.reasons if each["metric"] == metric)


class TestSignals:
    def test_without_the_signal_a_plan_asks_for_nothing_opens(self, engine):
        """I14: what is missing holds."""
        name = begun(engine, a_plan(TICKETS))
        engine.play(hours=3, step_minutes=5)
        assert [each.state for each in stages(engine, name)] == [
            StageState.BAKING,
            StageState.PENDING,
        ]
        assert codes(engine, name, "tickets") == "missing"

    def test_a_good_and_fresh_signal_lets_it_go_on(self, engine):
        name = begun(engine, a_plan(TICKETS))
        push(engine, name, "tickets", 1, 200)
        engine.play(hours=0.5, step_minutes=1)
        assert engine.recount(name) == {DeliveryState.ACCEPTED: 300}

    def test_a_stale_one_holds(self, engine):
        name = begun(engine, a_plan(TICKETS, min_bake=60))
        push(engine, name, "tickets", 1, 200)
        engine.play(hours=2, step_minutes=5)
        assert codes(engine, name, "tickets") == "stale"
        assert stages(engine, name)[1].state is StageState.PENDING

    def test_one_that_could_not_be_measured_holds(self, engine):
        name = begun(engine, a_plan(TICKETS))
        push(engine, name, "tickets", 0, 200, ago=5)
        push(engine, name, "tickets", None)
        engine.play(hours=0.1, step_minutes=1)
        assert codes(engine, name, "tickets") == "unreadable"

    def test_a_source_that_falls_silent_makes_the_whole_stale(self, engine):
        name = begun(engine, a_plan(TICKETS, min_bake=30))
        push(engine, name, "tickets", 0, 200, source="desk")
        engine.clock.advance(timedelta(minutes=40))
        push(engine, name, "tickets", 0, 200, source="hotline")
        engine.tick()
        assert codes(engine, name, "tickets") == "stale"

    def test_tickets_without_a_denominator_are_counted_of_the_people_reached(self, engine):
        name = begun(engine, a_plan(TICKETS))
        push(engine, name, "tickets", 40)
        engine.play(hours=0.1, step_minutes=1)
        row = engine.rollout(name)
        assert (row.state, row.pause_reason) == (RolloutState.PAUSED, PauseReason.GATE)

    def test_the_people_reached_count_only_once_the_lag_is_over(self, engine):
        late = TICKETS.model_copy(update={"lag": 120, "fresh_for": 600})
        name = begun(engine, a_plan(late))
        push(engine, name, "tickets", 0)
        engine.play(hours=1, step_minutes=5)
        assert codes(engine, name, "tickets") == "undecided"
        engine.play(hours=2, step_minutes=5)
        assert engine.recount(name) == {DeliveryState.ACCEPTED: 300}

    def test_what_is_expected_must_come_and_with_few_errors(self, engine):
        signups = ExpectedWatch(key="sign_ups", kind="expected", least_volume=50, most_rate=0.1)
        name = begun(engine, a_plan(signups))
        push(engine, name, "sign_ups", 1, 20, ago=6)
        engine.play(hours=0.1, step_minutes=1)
        assert codes(engine, name, "sign_ups") == "too_few"
        push(engine, name, "sign_ups", 30, 40)
        engine.play(hours=0.1, step_minutes=1)
        assert engine.rollout(name).state is RolloutState.PAUSED

    def test_the_same_period_again_replaces_and_another_must_not_overlap(self, engine):
        name = begun(engine, a_plan(TICKETS))
        push(engine, name, "tickets", 90, 100)
        push(engine, name, "tickets", 0, 100)
        with pytest.raises(Invalid, match="overlaps"):
            push(engine, name, "tickets", 0, 100, ago=2)
        engine.play(hours=0.5, step_minutes=1)
        assert engine.recount(name) == {DeliveryState.ACCEPTED: 300}

    @pytest.mark.parametrize("key", ["data_corruption", "security"])
    def test_corruption_and_security_end_it_whatever_the_plan_says(self, engine, key):
        name = begun(engine, a_plan())
        push(engine, name, key, 1)
        row = engine.rollout(name)
        assert row.state is RolloutState.ABORTED
        with engine.rt.read() as session:
            last = states.decisions(session, row.id)[-1]
        assert last.kind is DecisionKind.ABORT
        assert last.gate_run_id is not None
        with pytest.raises(Conflict):
            push(engine, name, "tickets", 1)

    def test_they_end_a_paused_one_too(self, engine):
        name = begun(engine, a_plan())
        with engine.rt.work("staff:2") as uow:
            actions.pause(uow, name)
        push(engine, name, "security", 1)
        assert engine.rollout(name).state is RolloutState.ABORTED

    def test_any_other_alarm_only_pauses(self, engine):
        name = begun(engine, a_plan(BooleanWatch(key="login_down", kind="boolean")))
        push(engine, name, "login_down", 1)
        engine.tick()
        assert engine.rollout(name).state is RolloutState.PAUSED

    def test_a_metric_tried_out_says_no_and_changes_nothing(self, engine):
        name = begun(engine, a_plan(TICKETS.model_copy(update={"weight": Weight.DRY_RUN})))
        push(engine, name, "tickets", 90, 100)
        engine.play(hours=0.5, step_minutes=1)
        assert engine.recount(name) == {DeliveryState.ACCEPTED: 300}
        assert DecisionKind.WARN not in decisions(engine, name)

    def test_statistics_begin_anew_after_a_resume(self, engine):
        name = begun(engine, a_plan(TICKETS))
        push(engine, name, "tickets", 90, 100)
        engine.tick()
        assert engine.rollout(name).state is RolloutState.PAUSED
        with engine.rt.work("staff:2") as uow:
            actions.resume(uow, name, "it was the desk's own fault")
        engine.play(hours=0.3, step_minutes=1)
        assert codes(engine, name, "tickets") == "missing"


class TestEchoes:
    def come_back(self, engine, name, kind, count):
        rollout = engine.rollout(name)
        with engine.rt.work() as uow:
            numbers = uow.session.scalars(
                text("SELECT n FROM outcome WHERE rollout_id = :r AND result = 'sent' ORDER BY n"),
                {"r": rollout.id},
            ).all()
            for n in numbers[:count]:
                event = DeliveryEvent(rollout_id=rollout.id, n=n, kind=kind, at=uow.now)
                uow.session.add(event)

    def test_hard_bounces_warn_and_then_pause_by_default(self, engine):
        plan = Plan(windows=(), growth={"kind": "absolute", "steps": [300]}, gate=Gate(min_bake=60))
        name = begun(engine, plan, people=600)
        self.come_back(engine, name, Echo.HARD_BOUNCE, 25)
        engine.play(hours=0.1, step_minutes=1)
        assert engine.rollout(name).state is RolloutState.RUNNING
        assert DecisionKind.WARN in decisions(engine, name)
        rollout = engine.rollout(name)
        with engine.rt.work() as uow:
            uow.session.execute(
                text("DELETE FROM delivery_event WHERE rollout_id = :r"), {"r": rollout.id}
            )
        self.come_back(engine, name, Echo.HARD_BOUNCE, 31)
        engine.play(hours=0.1, step_minutes=1)
        row = engine.rollout(name)
        assert (row.state, row.pause_reason) == (RolloutState.PAUSED, PauseReason.GATE)

    def test_what_bounces_long_after_sending_still_counts(self, engine):
        plan = Plan(
            windows=(), growth={"kind": "absolute", "steps": [300]}, gate=Gate(min_bake=300)
        )
        name = begun(engine, plan, people=600)
        engine.play(hours=4, step_minutes=10)
        self.come_back(engine, name, Echo.HARD_BOUNCE, 40)
        engine.play(hours=0.1, step_minutes=1)
        assert engine.rollout(name).state is RolloutState.PAUSED

    def test_complaints_can_be_judged_by_a_sequential_test_too(self, engine):
        watch = RatioWatch(
            key="spam", kind="ratio", source=Source.COMPLAINTS, good=0.001, bad=0.1, lag=30
        )
        name = begun(engine, a_plan(watch))
        engine.play(hours=0.1, step_minutes=1)
        assert codes(engine, name, "spam") == "undecided"
        engine.play(hours=1, step_minutes=5)
        assert engine.recount(name) == {DeliveryState.ACCEPTED: 300}

    def test_a_ratio_that_so_few_people_can_never_decide_does_not_stall(self, engine):
        watch = RatioWatch(
            key="spam", kind="ratio", source=Source.COMPLAINTS, good=0.0005, bad=0.001
        )
        name = begun(engine, a_plan(watch))
        engine.play(hours=0.5, step_minutes=1)
        assert engine.recount(name) == {DeliveryState.ACCEPTED: 300}

    def test_who_leaves_after_the_message_is_counted(self, engine):
        watch = ThresholdWatch(
            key="leaving", kind="threshold", source=Source.UNSUBSCRIBES, warn=0.01, pause=0.05,
            min_events=3,
        )  # fmt: skip
        name = begun(engine, a_plan(watch, min_bake=60))
        rollout = engine.rollout(name)
        with engine.rt.work() as uow:
            uow.session.execute(
                text(
                    """INSERT INTO consent_record (subscription_id, at, action, method,
                    target_version, text, locale, ip, agent)
                    SELECT s.id, :now, 'left', 'link', 1, '', 'en', '', ''
                    FROM subscription s JOIN delivery d ON d.address_id = s.address_id
                    JOIN outcome o ON o.rollout_id = d.rollout_id AND o.n = d.n
                    WHERE d.rollout_id = :r ORDER BY d.n LIMIT 8"""
                ).bindparams(bindparam("now", uow.now, type_=Instant())),
                {"r": rollout.id},
            )
        engine.play(hours=0.1, step_minutes=1)
        assert engine.rollout(name).state is RolloutState.PAUSED

    def test_refusals_of_the_senders_fault_are_told_apart_by_provider(self, engine):
        policy = (Result.PERMANENT, Scope.MESSAGE, Reason.POLICY)
        gone = (Result.PERMANENT, Scope.ADDRESS, Reason.UNKNOWN_RECIPIENT)
        for index in range(0, 300, 12):
            engine.postman.answers[f"p{index}@example.org"] = policy if index % 24 else gone
        gate = Gate(min_bake=5, refused_good=0.2, refused_bad=0.5)
        name = begun(engine, Plan(windows=(), growth=GROWTH, gate=gate))
        engine.play(hours=1, step_minutes=5)
        row = engine.rollout(name)
        with engine.rt.read() as session:
            found = {each[:2]: each.number for each in measures.refusals(session, row.id)}
        assert found == {("example.org", "sender"): 12, ("example.org", "recipient"): 13}
        assert codes(engine, name, "sender_fault:others") in ("clear", "warned")


class TestHold:
    def held(self, engine):
        name = begun(engine, a_plan(TICKETS, max_bake=60))
        engine.play(hours=2, step_minutes=5)
        assert stages(engine, name)[0].state is StageState.HELD
        return name

    def test_staff_are_asked_and_reminded_until_somebody_decides(self, engine):
        with engine.rt.work() as uow:
            for email, role in (("mo@example.net", "moderator"), ("vi@example.net", "viewer")):
                uow.session.add(
                    Staff(
                        email=email,
                        name=email,
                        password_hash="!",
                        role=Role(role),
                        created_at=uow.now,
                    )
                )
        self.held(engine)
        assert self.asked(engine) == ["mo@example.net"]
        engine.play(hours=5, step_minutes=10)
        assert self.asked(engine) == ["mo@example.net"] * 2

    def asked(self, engine):
        keys = [parcel.address.key for parcel in engine.postman.delivered]
        return [key for key in keys if key.endswith("example.net")]

    def test_another_person_opens_it_with_a_comment(self, engine):
        name = self.held(engine)
        with engine.rt.work("staff:3") as uow, pytest.raises(Invalid, match="comment"):
            override(uow, name, " ")
        with engine.rt.work("staff:3") as uow:
            override(uow, name, "the desk is closed today")
        engine.play(hours=0.5, step_minutes=5)
        assert engine.recount(name) == {DeliveryState.ACCEPTED: 300}
        with engine.rt.read() as session:
            found = states.decisions(session, engine.rollout(name).id)
        made = next(each for each in found if each.kind is DecisionKind.OVERRIDE)
        assert (made.by, made.comment) == ("staff:3", "the desk is closed today")
        assert made.gate_run_id is not None

    @pytest.mark.parametrize("by", ["staff:1", "staff:2", "cli"])
    def test_with_four_eyes_neither_author_nor_approver_nor_a_stranger_may(self, engine, by):
        name = self.held(engine)
        with engine.rt.work() as uow:
            locked_rollout(uow, name).four_eyes = True
        with engine.rt.work(by) as uow, pytest.raises(Forbidden):
            override(uow, name, "it is fine")
        with engine.rt.work("staff:3") as uow:
            override(uow, name, "it is fine")
        assert stages(engine, name)[1].state is StageState.OPEN

    def test_what_nobody_holds_is_not_overridden(self, engine):
        refuse(engine, range(300))
        name = begun(engine, a_plan())
        assert engine.rollout(name).state is RolloutState.PAUSED
        with engine.rt.work("staff:3") as uow, pytest.raises(Conflict):
            override(uow, name, "go")

    def test_undecided_becomes_no_go_where_the_plan_says_so(self, engine):
        name = begun(engine, a_plan(TICKETS, max_bake=60, on_inconclusive="no_go"))
        engine.play(hours=2, step_minutes=5)
        row = engine.rollout(name)
        assert (row.state, row.pause_reason) == (RolloutState.PAUSED, PauseReason.GATE)


class TestReplay:
    def test_every_verdict_was_kept_and_comes_out_again(self, engine):
        """I14."""
        name = begun(engine, a_plan(TICKETS))
        push(engine, name, "tickets", 3, 100)
        engine.play(hours=1, step_minutes=1)
        rollout = engine.rollout(name)
        with engine.rt.read() as session:
            derived = list(replay(session, rollout))
        assert len(derived) > 20
        assert not [each for each in derived if each.trouble]

    def test_one_that_was_tampered_with_is_found(self, engine):
        name = begun(engine, a_plan(TICKETS))
        engine.play(hours=1, step_minutes=10)
        with engine.rt.work() as uow:
            run = states.gate_runs(uow.session, engine.rollout(name).id)[0]
            run.verdict = "go"
        with engine.rt.read() as session:
            found = [each.trouble for each in replay(session, engine.rollout(name)) if each.trouble]
        assert found == ["the verdict differs"]


def test_a_fatal_alarm_is_never_only_tried_out():
    with pytest.raises(ValueError, match="enforced"):
        BooleanWatch(key="security", kind="boolean", weight="dry_run")
