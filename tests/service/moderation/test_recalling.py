"""service.moderation.recalling"""

from datetime import timedelta

import pytest

from service.errors import Conflict
from service.moderation import actions as moderation
from service.moderation.agreeing import Rules, set_rules
from service.moderation.recalling import recall
from service.publications.actions import hold
from service.publications.models import PublicationState
from service.publications.plans import Plan
from service.rollouts.models import RolloutState
from service.rollouts.queries import states
from service.rollouts.starting import starts_at
from tests.engine import engine_on
from tests.fakes import Postman

UNDO = Plan(windows=(), undo_minutes=5)


class TestRecall:
    def test_nothing_leaves_while_it_can_be_taken_back(self, engine):
        name = engine.approve(engine.audience("UTC", per_zone=3), UNDO)
        engine.tick()
        engine.clock.advance(timedelta(minutes=4, seconds=59))
        engine.tick()
        assert engine.rollout(name).state is RolloutState.SCHEDULED
        assert engine.postman.delivered == []
        engine.clock.advance(timedelta(seconds=1))
        engine.tick()
        assert engine.rollout(name).state is RolloutState.RUNNING
        assert len(engine.postman.delivered) == 3

    def test_what_is_taken_back_is_held_and_can_be_approved_again(self, engine):
        name = engine.approve(engine.audience("UTC", per_zone=3), UNDO)
        engine.tick()
        with engine.rt.work("staff:2") as uow:
            publication = recall(uow, name, "Wrong date.")
            assert publication.state is PublicationState.HELD
            again, seen = publication.public_id, publication.hash
        engine.play(hours=1)
        assert engine.postman.delivered == []
        assert engine.rollout(name).state is RolloutState.CANCELLED
        with engine.rt.work("staff:2") as uow:
            moderation.approve(uow, again, seen)
        engine.play(hours=1, step_minutes=10)
        assert len(engine.postman.delivered) == 3

    def test_before_it_was_planned(self, engine):
        name = engine.approve(engine.audience("UTC", per_zone=3), UNDO)
        with engine.rt.work("staff:2") as uow:
            recall(uow, name)
        engine.play(hours=1)
        assert engine.postman.delivered == []

    def test_what_has_started_cannot_be_taken_back(self, engine):
        name = engine.approve(engine.audience("UTC", per_zone=3), Plan(windows=()))
        engine.tick()
        with pytest.raises(Conflict) as refusal, engine.rt.work("staff:2") as uow:
            recall(uow, name)
        assert refusal.value.code in ("running", "completed")


class TestViews:
    @pytest.fixture
    def name(self, rt, clock, queue):
        engine = engine_on(rt, clock, queue, Postman())
        name = engine.approve(engine.audience("UTC", per_zone=3), UNDO)
        engine.tick()
        return name

    def test_a_moderator_is_asked_and_takes_it_back(self, staff, name):
        moderator = staff("moderator")
        page = moderator.get(f"/console/recalls/{name}")
        assert "None of 3 people gets anything" in page.text
        answer = moderator.post(f"/console/recalls/{name}", data={"comment": "Wrong."})
        assert answer.status_code == 303
        assert "/console/moderation/" in answer.location
        again = moderator.post(f"/console/recalls/{name}", data={})
        assert again.location.endswith(f"/console/rollouts/{name}")

    def test_so_may_a_program(self, program, name):
        answer = program("moderate").post(f"/api/v1/rollouts/{name}/recall", json={})
        assert answer.json["state"] == "held"
        again = program("moderate").post(f"/api/v1/rollouts/{name}/recall", json={})
        assert again.status_code == 409

    def test_viewers_may_not(self, staff, name):
        assert staff("author").get(f"/console/recalls/{name}").status_code == 403


class TestChosenAtApproval:
    @pytest.fixture
    def held(self, engine):
        audience = engine.audience("UTC", per_zone=3)
        with engine.rt.work("key:1") as uow:
            return hold(uow, engine.draft(audience, Plan(windows=(), undo_minutes=1)))

    def ended(self, engine, held):
        """The rollout of *held* once it could have started, and when it may."""
        engine.tick()
        with engine.rt.read() as session:
            rollout = states.of_publication(session, held.id)
            assert rollout is not None
            return rollout.state, starts_at(rollout, Plan(undo_minutes=1)) - engine.clock.now

    def test_by_a_program_and_never_for_longer_than_five_minutes(self, engine, program, held):
        path = f"/api/v1/publications/{held.public_id}/approve"
        moderator = program("moderate")
        much = moderator.post(path, json={"hash": held.hash, "undo_minutes": 6})
        assert (much.status_code, "undo_minutes" in much.text) == (422, True)
        assert moderator.post(path, json={"hash": held.hash, "undo_minutes": 5}).status_code == 200
        assert self.ended(engine, held) == (RolloutState.SCHEDULED, timedelta(minutes=5))

    def test_in_the_console(self, engine, staff, held):
        path = f"/console/moderation/{held.public_id}"
        moderator = staff("moderator")
        page = moderator.get(path).text
        assert 'name="undo_minutes"' in page
        assert "Its plan leaves 1 minute anyway" in page
        form = {"verdict": "approve", "hash": held.hash, "undo_minutes": "2"}
        assert moderator.post(path, data=form).status_code == 303
        assert self.ended(engine, held) == (RolloutState.SCHEDULED, timedelta(minutes=2))

    def test_the_longest_holds_and_none_is_shorter_than_the_plans(self, engine, held):
        with engine.rt.work("staff:9") as uow:
            set_rules(uow, Rules(quorum=2))
        for who, minutes in (("staff:1", 3), ("staff:2", 0)):
            with engine.rt.work(who) as uow:
                moderation.approve(uow, held.public_id, held.hash, undo_minutes=minutes)
        assert self.ended(engine, held) == (RolloutState.SCHEDULED, timedelta(minutes=3))
