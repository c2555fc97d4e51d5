"""New zone data: what has not left is worked out anew, and what is near is for people to see."""

from datetime import timedelta

import pytest

from scheduling import zones
from service.deliveries.models import DeliveryState
from service.publications.plans import Gate, Plan
from service.rollouts import actions
from service.rollouts.models import DecisionKind, PauseReason, RolloutState, Wave
from service.rollouts.queries import states

BY_DAY = Plan(growth={"kind": "percent", "steps": [100]}, gate=Gate(min_bake=0), spread=0)


def older(engine, name, *, hours=0):
    """As if the plan had been made with other data, by which waves were due *hours* later."""
    with engine.rt.work() as uow:
        rollout = states.for_decision(uow.session, name)
        assert rollout is not None
        rollout.zone_data = "1999z"
        for wave in uow.session.query(Wave).filter_by(rollout_id=rollout.id):
            wave.due_at += timedelta(hours=hours)
            wave.close_at += timedelta(hours=hours)


def decided(engine, name):
    with engine.rt.read() as session:
        found = states.decisions(session, engine.rollout(name).id)
    return {each.kind: each.comment for each in found}


@pytest.fixture
def tonight(engine):
    """A rollout planned at 21:00 in Paris and 17:00 in Lima: its waves wait for the morning."""
    engine.clock.advance(timedelta(hours=14))
    name = engine.approve(engine.audience("Europe/Paris", "Asia/Kolkata", per_zone=3), BY_DAY)
    engine.tick()
    return name


class TestNewZoneData:
    def test_that_move_nothing_are_noted(self, engine, tonight):
        older(engine, tonight)
        engine.tick()
        rollout = engine.rollout(tonight)
        assert (rollout.zone_data, rollout.state) == (zones.DATA_VERSION, RolloutState.RUNNING)
        assert decided(engine, tonight)[DecisionKind.REPLAN].endswith("no wave moved")

    def test_that_move_a_wave_of_the_next_day_pause_it(self, engine, tonight):
        before = waves(engine, tonight)
        older(engine, tonight, hours=1)
        engine.tick()
        rollout = engine.rollout(tonight)
        assert (rollout.state, rollout.pause_reason) == (RolloutState.PAUSED, PauseReason.TZDB)
        assert waves(engine, tonight) == before
        report = decided(engine, tonight)[DecisionKind.REPLAN]
        assert report.startswith(f"1999z → {zones.DATA_VERSION}: 2 waves moved: ")
        assert "Europe/Paris: 2026-11-24 09:00 UTC → 2026-11-24 08:00" in report

    def test_that_move_what_is_far_off_only_say_so(self, engine):
        plan = BY_DAY.model_copy(update={"not_before": engine.clock.now + timedelta(days=3)})
        name = engine.approve(engine.audience("Europe/Paris", per_zone=3), plan)
        engine.tick()
        older(engine, name, hours=1)
        engine.tick()
        assert engine.rollout(name).state is RolloutState.SCHEDULED
        assert "1 waves moved" in decided(engine, name)[DecisionKind.REPLAN]

    def test_are_looked_at_once(self, engine, tonight):
        older(engine, tonight)
        engine.tick()
        engine.tick()
        with engine.rt.read() as session:
            kinds = [each.kind for each in states.decisions(session, engine.rollout(tonight).id)]
        assert kinds.count(DecisionKind.REPLAN) == 1

    def test_never_send_anything_twice(self, engine):
        """I12: what has left stays left, whatever is worked out anew."""
        audience = engine.audience("UTC", "America/Lima", per_zone=3)
        name = engine.approve(audience, BY_DAY)
        engine.tick()
        assert len(engine.postman.delivered) == 3  # in London; it is night in Lima
        for _ in range(3):
            older(engine, name, hours=1)
            engine.tick()
            with engine.rt.work("staff:1") as uow:
                actions.resume(uow, name)
        engine.play(hours=24)
        assert len({each.id for each in engine.postman.delivered}) == 6
        assert len(engine.postman.delivered) == 6
        assert engine.recount(name) == {DeliveryState.ACCEPTED: 6}


def waves(engine, name):
    with engine.rt.read() as session:
        found = states.waves(session, engine.rollout(name).id)
        return [(each.due_at, each.close_at) for each in found]
