"""service.rollouts.capacity: too slow to be done in time is said while something can be done."""

from datetime import timedelta

from scheduling.rates import HOUR, Rate
from service.deliveries.queries import limits
from service.publications.plans import Gate, Plan
from service.rollouts import actions
from service.rollouts.models import DecisionKind, PauseReason, RolloutState
from service.rollouts.queries import states

EVERYBODY = Plan(growth={"kind": "percent", "steps": [100]}, gate=Gate(min_bake=0), spread=0)
BY_DAY = {"days": [0, 1, 2, 3, 4, 5, 6], "start": "09:00", "end": "11:00"}


def standing(engine, name):
    rollout = engine.rollout(name)
    return rollout.state, rollout.pause_reason


def last_pause(engine, name):
    with engine.rt.read() as session:
        found = states.decisions(session, engine.rollout(name).id)
    return next(each for each in reversed(found) if each.kind is DecisionKind.PAUSE)


def resume(engine, name):
    with engine.rt.work("staff:1") as uow:
        actions.resume(uow, name)


class TestLimits:
    def test_that_cannot_let_everybody_have_it_in_time_pause_it(self, engine):
        with engine.rt.work() as uow:
            limits.set_rate(uow.session, "sender", "status@example.org", Rate(2, HOUR))
        soon = engine.clock.now + timedelta(hours=2)
        plan = EVERYBODY.model_copy(update={"windows": (), "quorum": 1.0})
        name = engine.approve(engine.audience("UTC", per_zone=9), plan, expires_at=soon)
        engine.tick()
        engine.tick()
        assert standing(engine, name) == (RolloutState.PAUSED, PauseReason.CAPACITY)
        pause = last_pause(engine, name)
        assert pause.reason is PauseReason.CAPACITY
        assert "the limit sender status@example.org lets at most 4 messages" in pause.comment
        assert "in the 2 hours that are open" in pause.comment
        resume(engine, name)  # to reach whom it can
        engine.tick()
        assert standing(engine, name)[0] is RolloutState.RUNNING

    def test_that_are_wide_enough_do_nothing(self, engine):
        with engine.rt.work() as uow:
            limits.set_rate(uow.session, "global", "all", Rate(60, HOUR))
        name = engine.approve(engine.audience("UTC", per_zone=9), EVERYBODY)
        engine.tick()
        engine.tick()
        assert standing(engine, name)[0] is not RolloutState.PAUSED


class TestPace:
    def test_that_leaves_too_many_behind_in_a_window_pauses_it(self, engine):
        plan = EVERYBODY.model_copy(update={"windows": (BY_DAY,), "per_minute": 2})
        expires = engine.clock.now + timedelta(hours=26)
        name = engine.approve(engine.audience("UTC", per_zone=9), plan, expires_at=expires)
        engine.tick()  # two leave; the test's clock is the plan's, and no token comes back
        told = len(engine.postman.delivered)
        assert 0 < told < 4
        engine.clock.advance(timedelta(hours=2))
        engine.tick()
        assert standing(engine, name) == (RolloutState.PAUSED, PauseReason.CAPACITY)
        assert f"{told} of 9 people were told" in last_pause(engine, name).comment
