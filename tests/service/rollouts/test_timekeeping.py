"""service.rollouts.timekeeping: a clock that jumps stops what was measured by it."""

from datetime import timedelta

import pytest

from service.publications.plans import Gate, Plan
from service.rollouts import actions
from service.rollouts.asking import ask_staff
from service.rollouts.models import PauseReason, RolloutState
from service.rollouts.timekeeping import Watch, heed

SLOW = Plan(growth={"kind": "absolute", "steps": [50]}, gate=Gate(min_bake=60), windows=())


class Steady:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def baking(engine):
    """A rollout whose first stage is being watched."""
    name = engine.approve(engine.audience("UTC", per_zone=110), SLOW)
    engine.tick()
    engine.tick()
    assert engine.rollout(name).state is RolloutState.RUNNING
    return name


def standing(engine, name):
    rollout = engine.rollout(name)
    return rollout.state, rollout.pause_reason


class TestJump:
    @pytest.mark.parametrize("hours", [2, -2])
    def test_is_what_the_clock_went_beyond_the_time_that_passed(self, clock, hours):
        steady = Steady()
        watch = Watch(clock, steady)
        clock.advance(timedelta(seconds=30))
        steady.seconds += 30
        assert watch.jump() == timedelta()
        clock.advance(timedelta(hours=hours))
        assert watch.jump() == timedelta(hours=hours)
        assert watch.jump() == timedelta()


class TestHeed:
    def test_a_jump_pauses_and_somebody_is_asked(self, engine, baking):
        watch = Watch(engine.clock, Steady())
        engine.clock.advance(timedelta(seconds=20))  # clocks are put right by seconds
        heed(engine.rt, watch)
        assert standing(engine, baking)[0] is RolloutState.RUNNING
        engine.clock.advance(timedelta(hours=3))
        heed(engine.rt, watch)
        assert standing(engine, baking) == (RolloutState.PAUSED, PauseReason.CLOCK)
        ask_staff(engine.rt)
        assert engine.rollout(baking).asked_at == engine.clock.now
        with engine.rt.work("staff:1") as uow:
            actions.resume(uow, baking)
        heed(engine.rt, watch)
        assert standing(engine, baking)[0] is RolloutState.RUNNING

    def test_a_clock_behind_what_was_judged_pauses_once(self, engine, baking):
        """As after a restart, or on a second machine: no process remembers the jump."""
        engine.clock.advance(-timedelta(hours=1))
        engine.tick()
        assert standing(engine, baking) == (RolloutState.PAUSED, PauseReason.CLOCK)
        with engine.rt.work("staff:1") as uow:
            actions.resume(uow, baking)
        engine.tick()
        assert standing(engine, baking)[0] is RolloutState.RUNNING
