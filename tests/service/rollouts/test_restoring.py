"""What a restored database does not know is doubted, and nothing goes on by itself."""

from service.deliveries.models import DeliveryState
from service.publications.plans import Gate, OnUnknown, Plan
from service.rollouts import actions
from service.rollouts.models import PauseReason, RolloutState
from service.rollouts.restoring import Restored, restored

AT_ONCE = Plan(
    windows=(),
    growth={"kind": "percent", "steps": [20, 100]},
    gate=Gate(min_bake=60),
    on_unknown=OnUnknown.HOLD,
)


def begun(engine, plan=AT_ONCE):
    """A rollout whose first stage is open, and of which nothing has left."""
    rollout = engine.approve(engine.audience("UTC", per_zone=500), plan)
    engine.queue.jobs.clear()
    for _ in range(3):
        engine.sweep()
        jobs, engine.queue.jobs[:] = list(engine.queue.jobs), []
        for job in jobs:
            if job.actor not in ("drain", "dispatch"):
                engine.jobs[job.actor](job.subject)
    assert engine.postman.delivered == []
    return rollout


def restore(engine) -> Restored:
    with engine.rt.work("operator") as uow:
        return restored(uow)


class TestRestored:
    def test_pauses_and_counts_the_opened_stage_as_uncertain(self, engine):
        rollout = begun(engine)
        assert restore(engine) == Restored(rollouts=1, doubtful=100)
        row = engine.rollout(rollout)
        assert (row.state, row.pause_reason) == (RolloutState.PAUSED, PauseReason.RESTORED)

        engine.play(hours=1)
        assert engine.postman.delivered == []
        assert engine.recount(rollout) == {DeliveryState.UNKNOWN: 100, DeliveryState.PLANNED: 400}

    def test_those_it_may_have_told_are_not_told_again_whatever_the_policy(self, engine):
        rollout = begun(engine, AT_ONCE.model_copy(update={"on_unknown": OnUnknown.RESEND}))
        restore(engine)
        engine.play(hours=1)
        with engine.rt.work("staff:1") as uow:
            actions.resume(uow, rollout, "looked at the relay's log")
        engine.play(hours=30)
        told = {parcel.address.key for parcel in engine.postman.delivered}
        counted = engine.recount(rollout)
        assert counted[DeliveryState.UNKNOWN] == 100
        assert len(told) == counted.get(DeliveryState.ACCEPTED, 0)

    def test_what_is_over_stays_as_it_is(self, engine):
        plan = AT_ONCE.model_copy(update={"gate": Gate(min_bake=0)})
        rollout = engine.approve(engine.audience("UTC", per_zone=60), plan)
        engine.play(hours=2, step_minutes=5)
        assert restore(engine) == Restored(rollouts=0, doubtful=0)
        assert engine.rollout(rollout).state is RolloutState.COMPLETED

    def test_what_was_being_planned_is_called_off(self, engine):
        rollout = engine.approve(engine.audience("UTC"), AT_ONCE)
        assert restore(engine) == Restored(rollouts=1, doubtful=0)
        assert engine.rollout(rollout).state is RolloutState.ABORTED
        engine.play(hours=2)
        assert engine.postman.delivered == []
