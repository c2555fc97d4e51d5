"""When stages bake and open: at the quorum, at once around the world; and how they end early."""

from datetime import time, timedelta

import pytest

from service.publications.models import Publication, Urgency
from service.publications.plans import Alignment, Gate, Plan
from service.rollouts import actions, advancing
from service.rollouts.models import PauseReason, RolloutState, StageState
from service.rollouts.queries import states
from service.subscribers.audience import Audience
from service.subscribers.models import Subscriber
from tests.fakes import MONDAY

FAR = "Pacific/Kiritimati"  # its nine o'clock comes when it is 19:00 in UTC
HALVES = {"kind": "percent", "steps": [50, 100]}


def stages_of(engine, name):
    with engine.rt.read() as session:
        return states.stages(session, engine.rollout(name).id)


class TestQuorum:
    @pytest.mark.parametrize(("quorum", "opened_after"), [(0.9, 1), (1.0, 11)])
    def test_a_tail_in_the_last_zones_holds_up_the_world_only_if_all_are_asked_for(
        self, engine, quorum, opened_after
    ):
        audience = engine.audience(*["UTC"] * 19, FAR, per_zone=10)
        plan = Plan(growth=HALVES, gate=Gate(min_bake=30), quorum=quorum, spread=0)
        name = engine.approve(audience, plan)
        engine.play(hours=16, step_minutes=15, until_over=name)
        first, second = stages_of(engine, name)
        in_first = [
            each.address.key
            for each in engine.postman.delivered
            if int(each.address.key[1 : each.address.key.index("@")]) % 20 == 19
        ]
        assert in_first  # the tail is told at its own hour all the same
        assert first.size == 100
        opened = second.opened_at - MONDAY
        assert timedelta(hours=opened_after - 1) < opened < timedelta(hours=opened_after)


class TestInstant:
    def test_drops_windows_keeps_quiet_hours_and_its_gates(self, engine):
        engine.clock.now = MONDAY + timedelta(hours=14)  # 23:00 in UTC: nobody's window
        audience = engine.audience("UTC", "Europe/Paris", per_zone=100)
        with engine.rt.work() as uow:
            for person in uow.session.query(Subscriber).limit(20):
                person.quiet_from, person.quiet_to = time(22), time(7)
        plan = Plan(alignment=Alignment.INSTANT, growth=HALVES, gate=Gate(min_bake=10))
        name = engine.approve(audience, plan, urgency=Urgency.IMPORTANT)
        engine.play(hours=0.1, step_minutes=2)
        told = len(engine.postman.delivered)
        assert 0 < told <= 100  # of the first stage, whose gate watches for ten minutes
        engine.play(hours=0.5, step_minutes=2)
        assert len(engine.postman.delivered) == 180
        engine.play(hours=9, step_minutes=30, until_over=name)
        assert len(engine.postman.delivered) == 200
        assert [each.state for each in stages_of(engine, name)] == [StageState.PASSED] * 2


class TestEnd:
    @pytest.fixture
    def baking(self, engine):
        plan = Plan(windows=(), growth=HALVES, gate=Gate(min_bake=600))
        name = engine.approve(engine.audience("UTC", per_zone=200), plan)
        engine.play(hours=0.5, step_minutes=5)
        assert [each.state for each in stages_of(engine, name)] == [
            StageState.BAKING,
            StageState.PENDING,
        ]
        return name

    def test_by_a_person_fails_the_stage_that_was_under_way(self, engine, baking):
        with engine.rt.work("staff:1") as uow:
            actions.abort(uow, baking)
        first, second = stages_of(engine, baking)
        assert (first.state, second.state) == (StageState.FAILED, StageState.PENDING)
        assert first.ended_at == engine.clock.now

    def test_by_expiry_too(self, engine, baking):
        engine.clock.advance(timedelta(days=30))
        with engine.rt.work("ticker") as uow:
            advancing.expire(uow, engine.rollout(baking).id)
        assert stages_of(engine, baking)[0].state is StageState.FAILED

    def test_a_pause_does_not(self, engine, baking):
        with engine.rt.work("staff:1") as uow:
            actions.pause(uow, baking)
        assert stages_of(engine, baking)[0].state is StageState.BAKING

    def test_what_cannot_be_judged_is_held_and_holds_up_nobody_else(self, engine, baking):
        plan = Plan(windows=(), growth={"kind": "percent", "steps": [100]}, gate=Gate(min_bake=0))
        with engine.rt.work() as uow:  # as something that writes behind the service might leave it
            rollout = engine.rollout(baking)
            publication = uow.session.get_one(Publication, rollout.publication_id)
            publication.plan = {**publication.plan, "gate": {"min_bake": "soon"}}
        everybody = Audience(pages=(1,), category="announcement")
        other = engine.approve(everybody, plan, subject="event:other")
        engine.play(hours=0.5, step_minutes=5)
        held = engine.rollout(baking)
        assert (held.state, held.pause_reason) == (RolloutState.PAUSED, PauseReason.ERROR)
        assert engine.rollout(other).state is RolloutState.COMPLETED
