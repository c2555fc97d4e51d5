"""Growth: cohorts first, some kept out, nothing at :00, and the same plan from the same inputs."""

from datetime import timedelta

from sqlalchemy import text

from service.deliveries.models import Delivery, DeliveryState, Outcome, Slice
from service.publications.plans import Gate, Plan
from service.rollouts.models import Rollout, RolloutState, Stage, StageKind, Wave
from service.rollouts.permutation import ranks_of
from service.rollouts.planning import plan as plan_rollout
from service.rollouts.queries import states
from service.subscribers.models import Subscriber

COLUMNS = {
    Delivery: "n address_id segment bucket rank matched",
    Stage: "no kind rank_lo rank_hi size",
    Wave: "segment_no due_at occurrence close_at size",
    Slice: "n_lo n_hi bucket open_at close_at",
    Outcome: "n result reason",
}
QUICK = Gate(min_bake=0, min_exposed=5)
ALL = {"kind": "percent", "steps": [100]}
COHORTS = {
    "kind": "cohorts",
    "first": [
        {"name": "staff", "groups": ["staff"]},
        {"name": "pilot", "clients": ["acme"], "regions": ["FR", "BE"]},
    ],
    "then": {"kind": "absolute", "steps": [20]},
}


def assigned(engine, people, **values):
    with engine.rt.work() as uow:
        for number in people:
            person = uow.session.get_one(Subscriber, number)
            for name, value in values.items():
                setattr(person, name, value)


def stages_of(engine, name):
    with engine.rt.read() as session:
        return states.stages(session, engine.rollout(name).id)


def rows(engine, statement):
    with engine.rt.read() as session:
        return [tuple(row) for row in session.execute(text(statement))]


class TestCohorts:
    def test_come_first_in_their_order_a_stage_each(self, engine):
        audience = engine.audience("UTC", per_zone=60)
        assigned(engine, range(1, 4), group_name="staff")
        assigned(engine, range(3, 8), client="acme", region="FR")  # one is of the staff, too
        assigned(engine, range(8, 12), client="acme", region="US")
        name = engine.approve(audience, Plan(windows=(), growth=COHORTS, gate=QUICK))
        engine.play(hours=2, step_minutes=5)
        found = stages_of(engine, name)
        assert [(stage.kind, stage.size) for stage in found] == [
            (StageKind.SOFT, 3),
            (StageKind.SOFT, 4),
            (StageKind.RAMP, 20),
            (StageKind.REST, 33),
        ]
        told = [each.address.key for each in engine.postman.delivered]
        assert {*told[:3]} == {f"p{n}@example.org" for n in range(3)}
        assert {*told[3:7]} == {f"p{n}@example.org" for n in range(3, 7)}
        assert engine.recount(name) == {DeliveryState.ACCEPTED: 60}

    def test_that_nobody_belongs_to_are_no_stage(self, engine):
        audience = engine.audience("UTC", per_zone=60)
        name = engine.approve(audience, Plan(windows=(), growth=COHORTS, gate=QUICK))
        engine.play(hours=1, step_minutes=5)
        found = stages_of(engine, name)
        assert [stage.kind for stage in found] == [StageKind.RAMP, StageKind.REST]
        assert found[0].rank_lo == ranks_of(2)[0]
        assert engine.rollout(name).state is RolloutState.COMPLETED

    def test_may_be_everybody(self, engine):
        audience = engine.audience("UTC", per_zone=6)
        assigned(engine, range(1, 7), group_name="staff")
        name = engine.approve(audience, Plan(windows=(), growth=COHORTS, gate=QUICK))
        engine.play(hours=1, step_minutes=5)
        assert [stage.size for stage in stages_of(engine, name)] == [6]
        assert engine.recount(name) == {DeliveryState.ACCEPTED: 6}


class TestHoldout:
    def test_is_fixed_before_anybody_is_told_and_never_told(self, engine):
        audience = engine.audience("UTC", "Asia/Tokyo", per_zone=50)
        growth = {"kind": "absolute", "steps": [20]}
        name = engine.approve(audience, Plan(windows=(), growth=growth, gate=QUICK, holdout=0.1))
        job = engine.queue.jobs.pop(0)
        engine.jobs[job.actor](job.subject)
        assert engine.recount(name)[DeliveryState.SKIPPED] == 10
        assert engine.rollout(name).holdout == 10
        engine.play(hours=2, step_minutes=5)
        assert engine.recount(name) == {DeliveryState.ACCEPTED: 90, DeliveryState.SKIPPED: 10}
        assert engine.rollout(name).state is RolloutState.COMPLETED
        kept = "SELECT min(d.rank) FROM delivery d JOIN outcome o ON o.n = d.n"
        [(first_kept,)] = rows(engine, f"{kept} WHERE o.reason = 'holdout'")
        [(last_told,)] = rows(
            engine,
            "SELECT max(d.rank) FROM delivery d JOIN outcome o ON o.n = d.n"
            " WHERE o.result = 'sent'",
        )
        assert last_told < first_kept
        assert [stage.size for stage in stages_of(engine, name)] == [20, 70]


class TestSettingOut:
    def test_a_crowd_does_not_set_out_at_the_full_hour(self, engine):
        engine.clock.advance(timedelta(hours=-2))  # 07:00
        audience = engine.audience("UTC", per_zone=1_600)
        engine.approve(audience, Plan(growth=ALL, gate=QUICK, spread=20))
        engine.tick()
        moments = [open_at for n_lo, open_at in contents(engine, Slice, "n_lo open_at", 1) if n_lo]
        opens = engine.clock.now + timedelta(hours=2)
        assert len(set(moments)) == 4
        for quarter, moment in enumerate(sorted(moments)):
            since = moment - opens
            assert timedelta(minutes=5) * quarter <= since < timedelta(minutes=5) * (quarter + 1)
        engine.clock.advance(timedelta(hours=2, minutes=10))
        engine.tick()
        assert len(engine.postman.delivered) in (1_000, 1_100)
        engine.clock.advance(timedelta(minutes=10))
        engine.tick()
        assert len(engine.postman.delivered) == 1_600

    def test_whoever_is_late_already_waits_no_longer(self, engine):
        audience = engine.audience("UTC", per_zone=1_100)
        engine.approve(audience, Plan(growth=ALL, gate=QUICK))
        engine.tick()
        assert len(engine.postman.delivered) == 1_100


class TestSameInputs:
    def test_give_the_same_plan(self, engine):
        """I13: deliveries, stages, waves and slices are a function of what was stored."""
        engine.clock.advance(timedelta(hours=-6))
        audience = engine.audience("UTC", "Asia/Tokyo", "America/Lima", per_zone=400)
        assigned(engine, range(1, 90), group_name="staff")
        plan = Plan(growth=COHORTS, gate=QUICK, holdout=0.05)
        for subject in ("event:x", "event:y"):
            engine.approve(audience, plan, subject=subject)
        engine.queue.jobs.clear()
        with engine.rt.work() as uow:
            for rollout in uow.session.query(Rollout):
                rollout.permutation_a, rollout.permutation_b = 1_234_567, 7_654_321
        for rollout_id in (1, 2):
            plan_rollout(engine.rt, rollout_id)
        for table, columns in COLUMNS.items():
            planned = [contents(engine, table, columns, each) for each in (1, 2)]
            assert planned[0] == planned[1], table
            assert planned[0]


def contents(engine, table, columns, rollout_id):
    chosen = [getattr(table, name) for name in columns.split()]
    with engine.rt.read() as session:
        found = session.query(*chosen).filter(table.rollout_id == rollout_id).order_by(*chosen[:2])
        return [tuple(row) for row in found]
