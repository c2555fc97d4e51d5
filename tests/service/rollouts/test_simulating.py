"""service.rollouts.simulating"""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from scheduling.exposure import Fault
from scheduling.rates import HOUR, MINUTE, Rate
from service.deliveries.models import DeliveryState
from service.deliveries.queries import limits
from service.moderation.actions import approve
from service.publications import queries as publications
from service.publications.actions import hold
from service.publications.models import Publication, PublicationState
from service.publications.plans import Plan
from service.rollouts.acknowledging import Word, acknowledge, freeze
from service.rollouts.models import RolloutState
from service.rollouts.outlook import outlook
from service.rollouts.queries import planning, states
from service.rollouts.simulating import Question, simulate
from service.subscribers.models import Address, Subscriber
from tests.fakes import BULK, MONDAY

ZONES = ("Europe/London", "Asia/Tokyo", "America/New_York")
STEP = timedelta(minutes=20)


def on_paper(engine, publication, **given):
    with engine.rt.read() as session:
        seen = outlook(session, engine.rt.channels, publication, engine.clock.now)
    return simulate(publication, seen, Question(engine.clock.now, Fault(), **given))


def the_publication(engine, rollout):
    with engine.rt.read() as session:
        return session.get_one(Publication, rollout.publication_id)


class TestSimulate:
    @pytest.mark.parametrize(
        "plan",
        [
            Plan(),
            Plan(growth={"kind": "absolute", "steps": [60, 150]}, not_before=MONDAY + 10 * STEP),
            Plan(windows=({"days": [0, 1], "start": "22:00", "end": "06:00"},)),
            Plan(
                growth={"kind": "cohorts", "first": [{"name": "pilot", "groups": ["staff"]}]},
                holdout=0.1,
            ),
        ],
        ids=["usual", "postponed", "by night", "cohort first"],
    )
    def test_the_engine_does_what_was_foreseen(self, engine, plan):
        audience = engine.audience(*ZONES, per_zone=100)
        with engine.rt.work() as uow:
            for person in uow.session.query(Subscriber).limit(9):
                person.group_name = "staff"
        name = engine.approve(audience, plan)
        foreseen = on_paper(engine, the_publication(engine, engine.rollout(name))).course
        while engine.rollout(name).state is not RolloutState.COMPLETED:
            assert engine.clock.now < MONDAY + timedelta(days=6)
            engine.play(hours=2, step_minutes=STEP.total_seconds() / 60)

        rollout = engine.rollout(name)
        with engine.rt.read() as session:
            stages = states.stages(session, rollout.id)
            waves = states.waves(session, rollout.id)
            zones = {each.no: each.zones[0] for each in planning.segments(session, rollout.id)}
        assert [each.size for each in stages] == [each.size for each in foreseen.stages]
        for real, paper in zip(stages, foreseen.stages, strict=True):
            # Each step of the engine takes a tick, the paper's none; sending takes only paper time.
            assert -timedelta(seconds=5) <= real.opened_at - paper.opens_at <= 2 * real.no * STEP
        clocks = {group.no: group.zones[0] for group in foreseen.groups}
        due = {(run.stage, clocks[run.group]): run.due_at for run in foreseen.runs}
        number = {each.id: each.no for each in stages}
        for wave in waves:
            paper_due = due[number[wave.stage_id], zones[wave.segment_no]]
            assert abs(wave.due_at - paper_due) <= 2 * number[wave.stage_id] * STEP
        assert len(waves) == len(due)
        reached = 300 - plan.held_out(300)
        assert foreseen.reached == len(engine.postman.delivered) == reached

    def test_whoever_keeps_quiet_hours_is_foreseen_too(self, engine):
        audience = engine.audience("UTC", "Asia/Tokyo", per_zone=50)
        with engine.rt.work() as uow:
            for person in uow.session.query(Subscriber).limit(20):
                person.quiet_from, person.quiet_to = time(22), time(14)
        name = engine.approve(audience, Plan(growth={"kind": "absolute", "steps": [80]}))
        foreseen = on_paper(engine, the_publication(engine, engine.rollout(name))).course
        engine.play(hours=80, step_minutes=STEP.total_seconds() / 60, until_over=name)

        with engine.rt.read() as session:
            stages = states.stages(session, engine.rollout(name).id)
        for real, paper in zip(stages, foreseen.stages, strict=True):
            late = real.opened_at - paper.opens_at  # each step of the engine takes a tick
            assert -timedelta(seconds=5) <= late <= 2 * real.no * STEP
        assert len({run.due_at for run in foreseen.runs}) > len(stages)
        assert foreseen.reached == len(engine.postman.delivered) == 100

    def test_it_tells_the_plan_from_plainer_ways(self, engine):
        audience = engine.audience(*ZONES, per_zone=100)
        name = engine.approve(audience)
        found = on_paper(engine, the_publication(engine, engine.rollout(name)))
        assert [way.name for way in found.ways] == ["all_at_once", "windows_alone", "this_plan"]
        hours = [way.course.until(1.0) / timedelta(hours=1) for way in found.ways]
        assert hours == pytest.approx([0.05, 5, 29], abs=0.1)
        assert [sight.people for sight in found.sights] == [60, 150, 300]

    def test_looking_ahead_changes_nothing(self, engine):
        audience = engine.audience(*ZONES, per_zone=10)
        with engine.rt.work("staff:1") as uow:
            publication = hold(uow, engine.draft(audience))
        on_paper(engine, publication)
        with engine.rt.read() as session:
            found = publications.by_public_id(session, publication.public_id)
            assert found
            assert found.state is PublicationState.HELD
        assert engine.queue.jobs == []

    def test_it_knows_the_limits_a_new_sender_and_the_calendar(self, engine):
        audience = engine.audience("UTC", per_zone=100)
        hour = timedelta(hours=1)

        def hours():
            return on_paper(engine, publication).course.until(1.0) / hour

        plan = Plan(windows=(), growth={"kind": "percent", "steps": [100]})
        with engine.rt.work("staff:1") as uow:
            publication = hold(uow, engine.draft(audience, plan))
            limits.set_rate(uow.session, "global", "all", Rate(50, HOUR))
        assert hours() == pytest.approx(2)
        with engine.rt.work("staff:1") as uow:
            limits.warm_up(uow.session, "status@example.org", None)
        assert hours() == pytest.approx(5)  # 20 an hour
        begins = engine.clock.now + 2 * hour
        with engine.rt.work("staff:1") as uow:
            freeze(uow, "Sales", begins, begins + 3 * hour)
        assert hours() == pytest.approx(8)

    def test_who_gets_nothing_is_foreseen_as_the_engine_skips_them(self, engine):
        audience = engine.audience("UTC", "Asia/Tokyo", per_zone=100)
        with engine.rt.work() as uow:
            for person in uow.session.query(Subscriber).limit(60):
                person.frequency = "daily"
        name = engine.approve(audience, Plan(growth={"kind": "percent", "steps": [50, 100]}))
        foreseen = on_paper(engine, the_publication(engine, engine.rollout(name))).course
        engine.play(hours=60, step_minutes=STEP.total_seconds() / 60, until_over=name)

        assert foreseen.skipped == engine.recount(name)[DeliveryState.SKIPPED] == 60
        assert foreseen.reached == len(engine.postman.delivered) == 140
        with engine.rt.read() as session:
            stages = states.stages(session, engine.rollout(name).id)
        for real, paper in zip(stages, foreseen.stages, strict=True):
            late = real.opened_at - paper.opens_at  # each step of the engine takes a tick
            assert -timedelta(seconds=5) <= late <= 2 * real.no * STEP

    def test_it_knows_the_limits_of_single_providers(self, engine):
        engine.postman.traits = replace(BULK, big_lanes=frozenset({"big.example", "example.org"}))
        audience = engine.audience("UTC", per_zone=300)
        plan = Plan(windows=(), growth={"kind": "percent", "steps": [100]})
        with engine.rt.work("staff:1") as uow:
            for place in uow.session.query(Address).limit(60):
                place.lane = "big.example"
            publication = hold(uow, engine.draft(audience, plan))
            limits.set_rate(uow.session, "provider", "email:big.example", Rate(30, HOUR))
            limits.set_rate(uow.session, "provider", "email:example.org", Rate(6_000, MINUTE))
        course = on_paper(engine, publication).course
        assert course.until(0.8) < timedelta(minutes=1)  # the others
        assert course.until(1.0) == timedelta(hours=2)

    def test_what_it_would_wait_for_is_told_first(self, engine):
        needs = [{"kind": "team", "team": "support"}]
        plan = Plan.model_validate({"dependencies": {"needs": needs}})
        audience = engine.audience("UTC")
        with engine.rt.work("staff:1") as uow:
            publication = hold(uow, engine.draft(audience, plan))

        def waits():
            with engine.rt.read() as session:
                found = outlook(session, engine.rt.channels, publication, engine.clock.now)
            return [each.name for each in found.unmet]

        assert waits() == ["team:support"]
        with engine.rt.work("staff:2") as uow:
            approve(uow, publication.public_id, publication.hash, "")
        with engine.rt.work("staff:2") as uow:
            rollout = states.of_publication(uow.session, publication.id)
            assert rollout
            acknowledge(uow, rollout.public_id, Word("support", is_ready=True))
        assert waits() == []
