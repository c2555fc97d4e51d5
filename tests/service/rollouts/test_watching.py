"""service.rollouts.watching, and the console's page of it"""

from datetime import timedelta

import pytest

from channels.base import Reason, Result, Scope
from service.deliveries.models import DeliveryState
from service.publications.gates import Gate
from service.publications.plans import OnUnknown, Plan
from service.rollouts import actions
from service.rollouts.consequences import consequences
from service.rollouts.models import RolloutState, StageState
from service.rollouts.picture import picture
from service.rollouts.watching import watch
from tests.engine import engine_on
from tests.fakes import MONDAY, Postman

DAY = Plan(gate=Gate(min_bake=60, refused_good=0.01, refused_bad=0.06))
CONSOLE = "/console/rollouts"


def seen(engine, name):
    rollout = engine.rollout(name)
    with engine.rt.read() as session:
        shown = picture(session, rollout)
        return watch(session, shown, engine.clock.now)


def foreseen(engine, name):
    rollout = engine.rollout(name)
    with engine.rt.read() as session:
        return consequences(session, picture(session, rollout), engine.clock.now)


@pytest.fixture
def name(engine):
    """A rollout to 120 people whose first stage has reached London and waits for New York."""
    name = engine.approve(engine.audience("Europe/London", "America/New_York", per_zone=60), DAY)
    engine.play(hours=1)
    return name


class TestGate:
    def test_it_says_what_is_known_and_when_the_rest_will_be(self, engine, name):
        gate = seen(engine, name).gate
        assert (gate.stage, gate.following, gate.quorum) == (1, 60, 57)
        assert gate.exposure.needed == 45
        assert 0 < gate.settled < gate.quorum
        assert gate.quorum_at == MONDAY + timedelta(hours=5)
        assert gate.baked_at is None
        assert not gate.is_held

    def test_it_says_how_many_are_counted_of_how_many_and_about_when(self, engine, name):
        gate, five_hours = seen(engine, name).gate, MONDAY + timedelta(hours=5)
        assert gate.exposure.matured == gate.settled
        (refusals,) = gate.metrics
        assert (refusals.key, refusals.matured, refusals.needed) == ("refusals", gate.settled, 44)
        for count in (gate.exposure, refusals):  # New York wakes up then
            assert five_hours <= count.at < five_hours + timedelta(hours=1)
        assert gate.opens_at == five_hours + timedelta(hours=1)

    def test_counts_are_those_of_now_whatever_was_judged_last(self, engine, name):
        engine.play(hours=4)
        assert seen(engine, name).gate.exposure.matured == len(engine.postman.delivered)

    def test_then_how_long_it_is_still_watched(self, engine, name):
        engine.play(hours=4.5)
        gate = seen(engine, name).gate
        assert (gate.settled, gate.exposure.matured) == (60, 60)
        assert gate.baked_at
        assert engine.clock.now < gate.baked_at <= engine.clock.now + timedelta(minutes=60)
        assert gate.is_held

    def test_it_has_none_when_it_is_over(self, engine, name):
        with engine.rt.work("staff:1") as uow:
            actions.abort(uow, name)
        assert seen(engine, name).gate is None


class TestPictures:
    def test_waves_and_people_over_time_are_drawn(self, engine, name):
        found = seen(engine, name)
        assert [row.zone for row in found.world.rows] == ["Europe/London", "America/New_York"]
        assert {dot.kind for row in found.world.rows for dot in row.dots} == {"good", "rest"}
        assert found.curve
        assert found.average > 0
        assert found.per_minute == 0  # it left an hour ago


class TestConsequences:
    def test_of_a_pause(self, engine, name):
        what = foreseen(engine, name)
        assert what.waiting == 120 - what.reached
        assert what.next_due == MONDAY + timedelta(hours=5)
        assert 0 < what.next_size < 60

    def test_of_a_resume_are_what_then_happens(self, engine, name):
        with engine.rt.work("staff:1") as uow:
            actions.pause(uow, name)
        engine.clock.advance(timedelta(hours=6))
        what = foreseen(engine, name)
        before = len(engine.postman.delivered)
        assert (what.later, what.no_window) == (0, 0)
        with engine.rt.work("staff:1") as uow:
            actions.resume(uow, name)
        engine.tick()
        assert len(engine.postman.delivered) - before == what.at_once

    def test_of_an_abort(self, engine, name):
        what = foreseen(engine, name)
        assert (what.reached, what.in_flight) == (len(engine.postman.delivered), 0)
        assert what.uncertain == 0
        assert what.last_due == MONDAY + timedelta(hours=5)

    def test_who_may_have_it_is_not_lost_and_who_is_tried_again_is_in_no_closed_stage(self, engine):
        again = (Result.TRANSIENT, Scope.ADDRESS, Reason.THROTTLED)
        doubt = (Result.UNKNOWN, Scope.ADDRESS, Reason.TIMEOUT)
        engine.postman.answers = {f"p{n}@example.org": again for n in range(40)}
        engine.postman.answers |= {f"p{n}@example.org": doubt for n in range(40, 80)}
        plan = Plan(windows=(), growth={"kind": "absolute", "steps": [60]}, gate=Gate(min_bake=60),
                    on_unknown=OnUnknown.RESEND)  # fmt: skip
        name = engine.approve(engine.audience("UTC", per_zone=120), plan)
        engine.tick()
        what = foreseen(engine, name)
        assert what.doubtful > 0
        assert what.unopened == 60
        assert what.at_once + what.later == 60 - what.reached
        with engine.rt.work("staff:1") as uow:
            actions.abort(uow, name)
        assert engine.recount(name) == {
            DeliveryState.CANCELLED: what.lost,
            DeliveryState.UNKNOWN: what.perhaps,
            DeliveryState.ACCEPTED: what.reached,
        }


class TestPage:
    @pytest.fixture
    def shown(self, rt, clock, queue):
        engine = engine_on(rt, clock, queue, Postman())
        name = engine.approve(
            engine.audience("Europe/London", "America/New_York", per_zone=60), DAY
        )
        engine.play(hours=5.5)
        return engine, name

    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_each_button_says_what_it_would_do(self, staff, shown, language):
        _, name = shown
        moderator = staff("moderator")
        page = moderator.get(f"{CONSOLE}/{name}?lang={language}").text
        assert page.count('<svg class="chart"') == 2
        for step in ("pause", "abort", "override", "resume"):
            asked = moderator.get(f"{CONSOLE}/{name}/{step}?lang={language}")
            assert asked.status_code == 200
            assert 'class="rows figures"' in asked.text

    def test_a_hold_is_overridden_with_a_reason_only(self, staff, shown):
        engine, name = shown
        moderator = staff("moderator")
        assert moderator.post(f"{CONSOLE}/{name}/override", data={}).status_code == 422
        data = {"comment": "The figures are fine."}
        assert moderator.post(f"{CONSOLE}/{name}/override", data=data).status_code == 303
        engine.play(hours=20)
        assert engine.rollout(name).state is RolloutState.COMPLETED

    def test_what_is_held_no_more_is_no_error(self, staff, shown):
        engine, name = shown
        engine.play(hours=30)
        data = {"comment": "Late."}
        answer = staff("moderator").post(f"{CONSOLE}/{name}/override", data=data)
        assert answer.status_code == 303
        with engine.rt.read() as session:
            stages = picture(session, engine.rollout(name)).stages
        assert {each.stage.state for each in stages} == {StageState.PASSED}

    def test_what_has_not_started_can_be_taken_back(self, rt, clock, queue, staff):
        engine = engine_on(rt, clock, queue, Postman())
        name = engine.approve(engine.audience("UTC", per_zone=3), Plan(undo_minutes=5))
        engine.tick()
        start = MONDAY + timedelta(minutes=5)
        found = seen(engine, name)
        assert found.undo_until == start
        assert found.gate.quorum_at == start
        assert found.gate.opens_at >= start + timedelta(minutes=Plan().gate.min_bake)
        page = staff("moderator").get(f"{CONSOLE}/{name}").text
        assert f"/console/recalls/{name}" in page
        assert "Nothing has left yet" in page
        assert "Leaving" not in page.partition('id="stages"')[2]

    def test_what_has_started_is_not_said_to_be_untold(self, staff, shown):
        _, name = shown
        page = staff("moderator").get(f"/console/recalls/{name}").text
        assert "cannot be taken back any more" in page
        assert "Nothing has left" not in page

    def test_a_correction_goes_to_those_who_have_it(self, staff, shown):
        engine, name = shown
        author = staff("author")
        form = {f"{part}.{code}": "Word." for part in ("title", "body") for code in ("fr", "en")}
        page = author.get(f"{CONSOLE}/{name}/correct").text
        assert "60" in page
        assert author.post(f"{CONSOLE}/{name}/correct", data={}).status_code == 422
        refused = author.post(f"{CONSOLE}/{name}/correct", data=form)
        assert refused.location.endswith("/correct")
        done = author.post(f"{CONSOLE}/{name}/correct", data={**form, "abort": "true"})
        assert "/console/moderation/" in done.location
        assert engine.rollout(name).state is RolloutState.ABORTED
