"""What a rollout depends on: held with its reason, and let go on."""

from datetime import timedelta

import pytest

from service.deliveries.models import DeliveryState
from service.errors import Conflict, Invalid
from service.pages.actions import set_state
from service.pages.models import Page, State
from service.publications.dependencies import (
    ComponentNeeded,
    Dependencies,
    RolloutNeeded,
    TeamNeeded,
)
from service.publications.models import Urgency
from service.publications.plans import Gate, Plan
from service.rollouts import acknowledging, actions
from service.rollouts.acknowledging import Word, acknowledge
from service.rollouts.models import PauseReason, RolloutState
from service.rollouts.overriding import override
from service.rollouts.queries import states
from service.subscribers.audience import Audience
from tests.factories import a_component, a_section

FOLLOWERS = Audience(pages=(1,), category="announcement")  # of the page that `begun` makes
DONE = {DeliveryState.ACCEPTED: 100}
GROWTH = {"kind": "absolute", "steps": [50]}


def a_plan(*needs, bake=0):
    return Plan(
        windows=(),
        growth=GROWTH,
        gate=Gate(min_bake=bake),
        dependencies=Dependencies(needs=needs),
    )


def begun(engine, *needs, **given):
    name = engine.approve(engine.audience("UTC", per_zone=100), a_plan(*needs), **given)
    engine.play(hours=0.1, step_minutes=1)
    return name


def why(engine, name):
    row = engine.rollout(name)
    assert (row.state, row.pause_reason) == (RolloutState.PAUSED, PauseReason.DEPENDENCY)
    with engine.rt.read() as session:
        return states.last_words(session, row.id)


class TestTeams:
    def test_nothing_leaves_before_every_team_is_ready(self, engine):
        name = begun(
            engine, TeamNeeded(kind="team", team="support"), TeamNeeded(kind="team", team="network")
        )
        assert why(engine, name) == (
            "support has not said that it is ready; network has not said that it is ready"
        )
        assert engine.postman.delivered == []
        for team in ("support", "network"):
            with engine.rt.work("staff:5") as uow:
                acknowledge(uow, name, Word(team, is_ready=True))
        engine.play(hours=0.5, step_minutes=1)
        assert engine.recount(name) == DONE

    def test_one_that_is_no_longer_ready_holds_what_is_under_way(self, engine):
        name = begun(engine, TeamNeeded(kind="team", team="support"))
        with engine.rt.work("staff:5") as uow:
            acknowledge(uow, name, Word("support", is_ready=True))
            acknowledge(uow, name, Word("support", is_ready=False, comment="ill"))
        assert why(engine, name) == "support says that it is not ready"

    def test_a_team_has_a_name_one_can_type(self, engine):
        name = begun(engine, TeamNeeded(kind="team", team="support"))
        with engine.rt.work("staff:5") as uow, pytest.raises(Invalid, match="team"):
            acknowledge(uow, name, Word("The Team!", is_ready=True))

    def test_a_person_may_do_without_but_not_simply_resume(self, engine):
        name = begun(engine, TeamNeeded(kind="team", team="support"))
        with engine.rt.work("staff:3") as uow, pytest.raises(Conflict, match="override"):
            actions.resume(uow, name)
        with engine.rt.work("staff:3") as uow:
            override(uow, name, "support is on the phone with us")
        engine.play(hours=0.5, step_minutes=1)
        assert engine.recount(name) == DONE
        assert engine.rollout(name).waived == ["team:support"]


class TestMilestones:
    def test_it_starts_when_the_other_one_has_got_there(self, engine):
        first = engine.approve(engine.audience("UTC", per_zone=100), a_plan(bake=60))
        engine.play(hours=0.1, step_minutes=1)
        audience = FOLLOWERS
        second = engine.approve(
            audience, a_plan(RolloutNeeded(kind="rollout", rollout=first)), subject="event:y"
        )
        engine.play(hours=0.1, step_minutes=1)
        assert "has not reached completed" in why(engine, second)
        engine.play(hours=2, step_minutes=10)
        assert engine.recount(first) == DONE
        assert engine.recount(second) == DONE

    def test_one_that_there_is_not_holds_too(self, engine):
        needed = RolloutNeeded(kind="rollout", rollout="a" * 12, milestone="percent:50")
        assert "there is no rollout" in why(engine, begun(engine, needed))


class TestComponents:
    def test_an_incident_on_it_holds_and_its_end_lets_go(self, engine):
        audience = engine.audience("UTC", per_zone=100)
        with engine.rt.work() as uow:
            page = uow.session.get_one(Page, audience.pages[0])
            component = a_component(uow, a_section(uow, page)).id
            set_state(uow, component, "event:z", State.MAJOR, "")
        needed = ComponentNeeded(kind="component", page="mail", component="webmail")
        name = engine.approve(audience, a_plan(needed))
        engine.play(hours=0.1, step_minutes=1)
        assert why(engine, name) == "mail/webmail is in major_disruption"
        with engine.rt.work() as uow:
            set_state(uow, component, "event:z", None, "")
        engine.play(hours=0.5, step_minutes=1)
        assert engine.recount(name) == DONE


class TestCalendar:
    def freeze(self, engine, hours):
        with engine.rt.work("staff:2") as uow:
            now = uow.now
            return acknowledging.freeze(
                uow, "Year's end", now, now + timedelta(hours=hours)
            ).public_id

    def test_a_freeze_holds_what_can_wait_until_it_is_over(self, engine):
        self.freeze(engine, 5)
        name = begun(engine)
        assert "Year's end" in why(engine, name)
        engine.play(hours=6, step_minutes=20)
        assert engine.recount(name) == DONE

    def test_lifting_it_lets_go(self, engine):
        freeze = self.freeze(engine, 5)
        name = begun(engine)
        with engine.rt.work("staff:2") as uow:
            acknowledging.lift(uow, freeze)
        engine.play(hours=0.5, step_minutes=1)
        assert engine.recount(name) == DONE

    def test_what_is_urgent_does_not_ask(self, engine):
        self.freeze(engine, 5)
        name = begun(engine, urgency=Urgency.IMPORTANT)
        engine.play(hours=0.5, step_minutes=1)
        assert engine.recount(name) == DONE


class TestConsole:
    def test_a_team_says_there_that_it_is_ready(self, engine, staff):
        name = begun(engine, TeamNeeded(kind="team", team="support"))
        browser = staff("author")
        page = browser.get(f"/console/rollouts/{name}/needs").text
        assert "team:support" in page
        shown = staff("moderator").get(f"/console/rollouts/{name}").text
        assert f"/console/rollouts/{name}/override" in shown
        assert f"/console/rollouts/{name}/resume" not in shown
        asked = staff("moderator").get(f"/console/rollouts/{name}/override").text
        assert "without what it waits for" in asked
        assert "support has not said that it is ready" in asked
        for words in ("whose window is open now", "in stages that are not open yet"):
            assert f'<b class="number">50</b> <span>{words}' in asked
        said = browser.post(
            f"/console/rollouts/{name}/needs", data={"team": "support", "ready": "true"}
        )
        assert said.status_code == 303
        engine.play(hours=0.5, step_minutes=1)
        assert engine.recount(name) == DONE
