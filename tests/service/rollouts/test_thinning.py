"""service.rollouts.thinning"""

from datetime import timedelta

from service.publications.plans import Gate, Plan
from service.rollouts.deciding import decided
from service.rollouts.models import DecisionKind, GateRun
from service.rollouts.queries import judgements, states
from service.rollouts.replaying import replay

BAKING = Plan(
    growth={"kind": "absolute", "steps": [50]}, gate=Gate(min_bake=6000, max_bake=9000), windows=()
)
MINUTES = 150


def repeat(run, minute):
    """One more judgement like *run*, *minute* minutes after it."""
    return GateRun(
        rollout_id=run.rollout_id,
        stage_id=run.stage_id,
        at=run.at + timedelta(minutes=minute),
        verdict=run.verdict,
        inputs=run.inputs,
        reasons=run.reasons,
        is_repeat=True,
    )


def test_keeps_what_was_new_decided_upon_or_of_the_last_day_and_one_an_hour(engine):
    name = engine.approve(engine.audience("UTC", per_zone=110), BAKING)
    engine.tick()
    engine.tick()
    rollout = engine.rollout(name)
    with engine.rt.work() as uow:
        first = next(states.all_gate_runs(uow.session, rollout.id))
        assert first.is_repeat is not True
        more = [repeat(first, minute) for minute in range(1, MINUTES)]
        uow.session.add_all(more)
        uow.session.flush()
        decided(uow, rollout, DecisionKind.WARN, gate_run=more[100])
    engine.clock.advance(timedelta(hours=20))
    engine.tick()  # judged, and nothing is old yet
    with engine.rt.read() as session:
        assert len(list(states.all_gate_runs(session, rollout.id))) > MINUTES
    engine.clock.advance(timedelta(hours=10))
    engine.tick()
    with engine.rt.read() as session:
        old = judgements.repeats(session, rollout.id, engine.clock.now - timedelta(days=1))
        assert len(old) == len({run.at.replace(minute=0) for run in old}) == 3
        kept = {run.at for run in states.all_gate_runs(session, rollout.id)}
        assert {first.at, first.at + timedelta(minutes=101)} <= kept
        assert [each.trouble for each in replay(session, rollout) if each.trouble] == []
