"""service.rollouts.views"""

import pytest

from scheduling.verdicts import Code, Reason, Verdict
from scheduling.waves import Late
from service.deliveries.models import DeliveryState, Skip
from service.events.actions import open_event
from service.events.models import Category, EventStage
from service.moderation.actions import approve
from service.publications.models import PublicationState
from service.publications.plans import Alignment, OnUnknown
from service.rollouts.models import (
    DecisionKind,
    GateRun,
    PauseReason,
    RolloutState,
    Stage,
    StageKind,
    StageState,
    Wave,
    WaveState,
)
from service.rollouts.planning import plan
from service.rollouts.queries import states
from service.rollouts.views.schemas import RolloutOut
from service.web.i18n import catalogue
from service.web.parsing import LANGUAGES
from tests.factories import (
    a_component,
    a_page,
    a_section,
    a_subscriber,
    a_subscription,
    an_address,
)
from tests.service.events.wishes import an_incident

API = "/api/v1/rollouts"
CONSOLE = "/console/rollouts"
PEOPLE = 3


@pytest.fixture
def planning(rt):
    """An approved incident of a page with three webhooks, not planned yet."""
    with rt.work() as uow:
        page = a_page(uow)
        a_component(uow, a_section(uow, page))
        for number in range(PEOPLE):
            value = f"https://hooks.example.org/{number}"
            address = an_address(uow, a_subscriber(uow), value, channel="webhook", shown="https…")
            a_subscription(uow, address, page)
    with rt.work("key:1") as uow:
        publication = open_event(uow, rt.settings, an_incident()).publication
    with rt.work("staff:1") as uow:
        approve(uow, publication.public_id, publication.hash, "Go.")
    with rt.read() as session:
        return states.of_publication(session, publication.id)


@pytest.fixture
def running(rt, planning):
    plan(rt, planning.id)
    return planning


def state_of(rt, rollout):
    with rt.read() as session:
        stored = states.by_public_id(session, rollout.public_id)
        assert stored
        return stored.state


class TestApi:
    def test_it_shows_where_a_rollout_stands(self, running, program):
        shown = program("rollouts").get(f"{API}/{running.public_id}").json
        assert shown["state"] == "running"
        counts = shown["deliveries"]
        assert counts.pop("total") == PEOPLE == sum(counts.values())
        assert [each["kind"] for each in shown["decisions"]] == ["start"]

    def test_it_takes_the_scope(self, running, program):
        assert program("submit").get(f"{API}/{running.public_id}").status_code == 403

    def test_there_is_no_such_rollout(self, program):
        key = program("rollouts")
        for path in ("", "/deliveries"):
            assert key.get(f"{API}/nothing{path}").status_code == 404
        assert key.post(f"{API}/nothing/pause", json={}).status_code == 404

    def test_deliveries_come_page_by_page(self, running, program):
        key, url = program("rollouts"), f"{API}/{running.public_id}/deliveries"
        first = key.get(url, query_string={"limit": 2})
        assert [each["n"] for each in first.json["deliveries"]] == [1, 2]
        assert 'after=2>; rel="next"' in first.headers["Link"]
        rest = key.get(url, query_string={"limit": 2, "after": first.json["next"]})
        assert [each["n"] for each in rest.json["deliveries"]] == [3]
        assert (rest.json["next"], "Link" in rest.headers) == (None, False)

    def test_addresses_stay_masked(self, running, program):
        text = program("rollouts").get(f"{API}/{running.public_id}/deliveries").text
        assert "hooks.example.org" not in text

    def test_deliveries_by_state(self, running, program):
        url = f"{API}/{running.public_id}/deliveries"
        found = program("rollouts").get(url, query_string={"state": "accepted"})
        assert found.json["deliveries"] == []

    @pytest.mark.parametrize("query", [{"state": "lost"}, {"after": -1}, {"limit": 1001}])
    def test_what_cannot_be_asked(self, running, program, query):
        url = f"{API}/{running.public_id}/deliveries"
        assert program("rollouts").get(url, query_string=query).status_code == 422

    def test_pause_and_resume(self, rt, running, program):
        key, url = program("rollouts"), f"{API}/{running.public_id}"
        paused = key.post(f"{url}/pause", json={"comment": "Wait."})
        assert (paused.json["state"], paused.json["pause_reason"]) == ("paused", "manual")
        assert paused.json["decisions"][-1]["comment"] == "Wait."
        again = key.post(f"{url}/pause", json={})
        assert again.status_code == 409
        assert key.post(f"{url}/resume", json={}).json["state"] == "running"

    def test_abort_is_for_good(self, running, program):
        key, url = program("rollouts"), f"{API}/{running.public_id}"
        aborted = RolloutOut.model_validate(key.post(f"{url}/abort", json={}).json)
        assert aborted.state == "aborted"
        assert (aborted.deliveries.cancelled, aborted.deliveries.planned) == (PEOPLE, 0)
        assert key.post(f"{url}/resume", json={}).status_code == 409

    def test_the_same_key_acts_once(self, running, program):
        key, url = program("rollouts"), f"{API}/{running.public_id}/pause"
        headers = {"Idempotency-Key": "stop"}
        first = key.post(url, json={}, headers=headers)
        assert key.post(url, json={}, headers=headers).json == first.json
        other = key.post(url, json={"comment": "x"}, headers=headers)
        assert other.status_code == 422


class TestConsole:
    def test_all_of_them(self, running, staff):
        text = staff("viewer").get(CONSOLE).text
        assert "Slow mail" in text
        assert f"{CONSOLE}/{running.public_id}" in text

    def test_it_says_so_when_there_is_none(self, staff):
        assert "Nothing is on its way" in staff("viewer").get(CONSOLE).text

    def test_planning_is_told(self, planning, staff):
        text = staff("viewer").get(f"{CONSOLE}/{planning.public_id}").text
        assert "It is being planned" in text

    def test_one_as_it_goes(self, running, staff):
        text = staff("moderator").get(f"{CONSOLE}/{running.public_id}").text
        for word in ("Slow mail", "Running", "Pause", "Abort", 'http-equiv="refresh"'):
            assert word in text
        assert "/resume" not in text

    def test_viewers_look_on(self, running, staff):
        text = staff("viewer").get(f"{CONSOLE}/{running.public_id}").text
        assert f"{running.public_id}/abort" not in text

    def test_stages_waves_and_gates_say_where_it_stands_and_why(self, rt, running, staff):
        with rt.work() as uow:
            stage = Stage(
                rollout_id=running.id,
                no=1,
                kind=StageKind.RAMP,
                rank_lo=0,
                rank_hi=1,
                size=PEOPLE,
                state=StageState.BAKING,
            )
            uow.session.add(stage)
            uow.session.flush()
            wave = Wave(
                rollout_id=running.id,
                stage_id=stage.id,
                segment_no=1,
                occurrence=1,
                due_at=uow.now,
                state=WaveState.DUE,
                size=PEOPLE,
            )
            bake = {"elapsed": 600.0, "min_bake": 7200.0}
            reason = Reason("bake", Verdict.HOLD, Code.BAKING, tuple(bake.items()))
            gate = GateRun(
                rollout_id=running.id,
                stage_id=stage.id,
                at=uow.now,
                verdict=Verdict.HOLD,
                inputs={},
                reasons=[reason.to_json()],
            )
            uow.session.add_all([wave, gate])
        text = staff("viewer").get(f"{CONSOLE}/{running.public_id}").text
        for word in ("Stage 1", "Being watched", "1 wave", "leaving", "Europe/Paris"):
            assert word in text
        assert "Time watched: not long enough yet (10 / 120 min)" in text

    def test_what_is_over_stands_still(self, rt, running, staff, program):
        program("rollouts").post(f"{API}/{running.public_id}/abort", json={})
        text = staff("moderator").get(f"{CONSOLE}/{running.public_id}").text
        assert "http-equiv" not in text
        assert "Aborted" in text

    def test_each_step_asks_once_more(self, rt, running, staff):
        browser = staff("moderator")
        answer = browser.get(f"{CONSOLE}/{running.public_id}/abort")
        assert "This cannot be taken back" in answer.text
        assert state_of(rt, running) is RolloutState.RUNNING

    def test_then_it_acts(self, rt, running, staff):
        browser = staff("moderator")
        for step, state in (
            ("pause", RolloutState.PAUSED),
            ("resume", RolloutState.RUNNING),
            ("abort", RolloutState.ABORTED),
        ):
            answer = browser.post(f"{CONSOLE}/{running.public_id}/{step}", data={"comment": "Why"})
            assert answer.headers["Location"] == f"{CONSOLE}/{running.public_id}"
            assert state_of(rt, running) is state
        assert "Why" in browser.get(f"{CONSOLE}/{running.public_id}").text

    def test_what_somebody_else_did_is_told(self, running, staff):
        browser = staff("moderator")
        url = f"{CONSOLE}/{running.public_id}"
        browser.post(f"{url}/abort")
        browser.post(f"{url}/pause")
        assert "Nothing was done: by now it is" in browser.get(url).text

    def test_viewers_do_not_steer(self, rt, running, staff):
        assert staff("viewer").post(f"{CONSOLE}/{running.public_id}/abort").status_code == 403
        assert state_of(rt, running) is RolloutState.RUNNING

    @pytest.mark.parametrize("path", ["nothing", "nothing/deliveries", "nothing/abort"])
    def test_there_is_no_such_rollout(self, staff, path):
        assert staff("moderator").get(f"{CONSOLE}/{path}").status_code == 404

    def test_there_is_no_such_step(self, running, staff):
        url = f"{CONSOLE}/{running.public_id}/explode"
        assert staff("moderator").get(url).status_code == 404
        assert staff("moderator").post(url).status_code == 404

    def test_each_delivery_can_be_seen(self, running, staff):
        url = f"{CONSOLE}/{running.public_id}/deliveries"
        browser = staff("viewer")
        assert "webhook" in browser.get(url).text
        more = browser.get(url, query_string={"limit": 2}).text
        assert "after=2" in more
        assert "There is no such delivery" in browser.get(f"{url}?state=rejected").text
        assert browser.get(f"{url}?state=lost").status_code == 422


class TestWords:
    """Every state has words: a hole in the page is found here, not by a moderator at night."""

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize(
        ("prefix", "words"),
        [
            ("rollouts.state", RolloutState),
            ("rollouts.pause", PauseReason),
            ("rollouts.stage_state", StageState),
            ("rollouts.wave_state", WaveState),
            ("rollouts.decision", DecisionKind),
            ("rollouts.delivery", DeliveryState),
            ("rollouts.skip", Skip),
            ("rollouts.verdict", Verdict),
            ("rollouts.code", Code),
            ("moderation.state", PublicationState),
            ("moderation.category", Category),
            ("moderation.plan.alignment", Alignment),
            ("moderation.plan.late", Late),
            ("moderation.plan.unknown", OnUnknown),
            ("stage", EventStage),
        ],
    )
    def test_each_state_has_words(self, language, prefix, words):
        known = catalogue(language)
        assert [each for each in words if f"{prefix}.{each}" not in known] == []
