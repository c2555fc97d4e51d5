"""Stages at the edges: shared ranks, nobody left to tell, everybody deferred, too late to start."""

from datetime import timedelta

from sqlalchemy import text

from channels.base import Reason, Result, Scope
from scheduling.waves import Late
from service.deliveries.models import DeliveryState
from service.publications.plans import Gate, Plan
from service.rollouts import actions
from service.rollouts.models import RolloutState, StageState
from service.rollouts.queries import states
from service.subscribers.audience import Audience
from tests.factories import a_page, a_subscriber, a_subscription, an_address

QUICK = Gate(min_bake=0, min_exposed=5)
STEPS = {"kind": "absolute", "steps": [1, 2, 4]}


def stages_of(engine, name):
    with engine.rt.read() as session:
        return states.stages(session, engine.rollout(name).id)


class TestStages:
    def test_addresses_of_one_person_are_never_parted(self, engine):
        with engine.rt.work() as uow:
            page = a_page(uow)
            for person in range(3):
                ada = a_subscriber(uow, "UTC")
                for number in range(3):
                    address = an_address(uow, ada, f"p{3 * person + number}@example.org")
                    a_subscription(uow, address, page)
            audience = Audience(pages=(page.id,), category="announcement")
        small = Gate(min_bake=0, min_exposed=1)
        name = engine.approve(audience, Plan(windows=(), growth=STEPS, gate=small))
        engine.play(hours=2, step_minutes=5)
        assert [stage.size for stage in stages_of(engine, name)] == [3, 3, 3]
        assert engine.recount(name) == {DeliveryState.ACCEPTED: 9}
        assert engine.rollout(name).state is RolloutState.COMPLETED

    def test_one_that_comes_too_late_is_skipped_and_holds_up_nobody(self, engine):
        engine.clock.advance(timedelta(hours=13))  # 22:00 in London, 14:00 in Los Angeles
        audience = engine.audience("Europe/London", "America/Los_Angeles", per_zone=10)
        plan = Plan(growth=STEPS, gate=QUICK, late=Late.SKIP)
        name = engine.approve(audience, plan)
        engine.play(hours=4, step_minutes=5)
        assert engine.recount(name) == {DeliveryState.ACCEPTED: 10, DeliveryState.SKIPPED: 10}
        assert engine.rollout(name).state is RolloutState.COMPLETED

    def test_one_that_waits_for_its_retries_as_a_whole_opens_nothing(self, engine):
        later = (Result.TRANSIENT, Scope.ADDRESS, Reason.MAILBOX_FULL)
        refused = (Result.PERMANENT, Scope.ADDRESS, Reason.CONTENT)
        everybody = [f"p{index}@example.org" for index in range(100)]
        engine.postman.answers.update(dict.fromkeys(everybody, later))
        growth = {"kind": "absolute", "steps": [30]}
        name = engine.approve(
            engine.audience("UTC", per_zone=100), Plan(windows=(), growth=growth, gate=QUICK)
        )
        engine.play(hours=1, step_minutes=5)
        first, second = stages_of(engine, name)
        assert (first.state, second.state) == (StageState.BAKING, StageState.PENDING)
        engine.postman.answers.update(dict.fromkeys(everybody, refused))
        engine.play(hours=2, step_minutes=5)
        assert engine.rollout(name).state is RolloutState.PAUSED  # its retries were seen
        assert engine.recount(name)[DeliveryState.PLANNED] == 70


class TestCarrying:
    def test_whoever_resumes_at_night_wakes_nobody_even_if_late_means_at_once(self, engine):
        audience = engine.audience("UTC", per_zone=60)
        name = engine.approve(audience, Plan(late=Late.IMMEDIATELY))
        planned = engine.queue.jobs.pop(0)
        engine.jobs[planned.actor](planned.subject)
        with engine.rt.work("staff:2") as uow:
            actions.pause(uow, name)
        engine.clock.advance(timedelta(hours=14))
        with engine.rt.work("staff:2") as uow:
            actions.resume(uow, name)
        engine.play(hours=5)
        assert engine.postman.delivered == []

    def test_a_pause_and_its_waves_never_part(self, engine):
        name = engine.approve(engine.audience("UTC", per_zone=60), Plan(windows=(), gate=QUICK))
        engine.run_jobs()
        with engine.rt.work("staff:2") as uow:
            actions.pause(uow, name)
        engine.sweep()
        with engine.rt.read() as session:
            ready = session.scalar(text("SELECT count(*) FROM slice WHERE ready"))
        assert ready == 0
