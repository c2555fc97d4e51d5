"""service.rollouts.views.previews and service.cli.rollout_previews"""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner

from channels.registry import Registry
from service.cli import tocsin
from service.cli.preview_tables import told as tables
from service.publications import queries as publications
from service.publications.actions import hold
from service.publications.plans import Plan
from service.rollouts.outlook import outlook
from service.rollouts.views.preview_schemas import PreviewOut, SimulationOut
from service.subscribers.audience import Audience
from tests.engine import engine_on
from tests.factories import a_page, a_subscriber, a_subscription, an_address
from tests.fakes import MONDAY, Postman

API = "/api/v1/publications"
CONSOLE = "/console/previews"


@pytest.fixture
def rt(rt):
    """The same runtime with mail."""
    return replace(rt, channels=Registry({"email": Postman()}, {}, {}))


@pytest.fixture
def held(rt, clock, queue):
    """A held announcement to 120 people in three zones; return its id."""
    engine = engine_on(rt, clock, queue, Postman())
    audience = engine.audience("Europe/Paris", "Asia/Tokyo", "Mars/Olympus", per_zone=40)
    with rt.work("key:1") as uow:
        return hold(uow, engine.draft(audience)).public_id


class TestApi:
    def test_a_preview_says_who_when_and_why(self, program, held):
        found = program("submit").get(f"{API}/{held}/preview").json
        assert (found["size"], found["written"], found["stages"]) == (120, 120, [60, 60])
        assert found["targets"][0]["people"] == 120
        assert found["languages"] == [{"chosen": "en", "read": "en", "people": 120}]
        first = {each["zone"]: each["local"] for each in found["zones"]}
        assert first == {
            "Europe/Paris": "2026-11-23T10:00:00",
            "Asia/Tokyo": "2026-11-23T18:00:00",
            "Mars/Olympus": "2026-11-23T09:00:00",  # by the plan's fallback
        }

    def test_a_simulation_says_how_far_a_fault_would_get(self, program, held):
        answer = program("submit").get(f"{API}/{held}/simulation?fault_percent=5")
        found = answer.json
        assert [each["people"] for each in found["stages"]] == [60, 60]
        assert found["needed"] == 45
        exposed = {each["way"]: each["exposed"] for each in found["ways"]}
        own = SimulationOut.model_validate(found).ways[-1]
        hours = (own.hours_to_50, own.hours_to_95, own.hours_to_100)
        assert [round(each or 0) for each in hours] == [0, 15, 15]
        assert (own.peak_per_minute, own.inside_windows) == (60, 1.0)
        assert exposed["this_plan"] <= 60 < exposed["all_at_once"] <= 120

    @pytest.mark.parametrize(
        "query", ["fault_percent=0", "fault_percent=x", "per_minute=0", "at=tomorrow", "what=1"]
    )
    def test_what_cannot_be_asked_is_named(self, program, held, query):
        answer = program("submit").get(f"{API}/{held}/simulation?{query}")
        assert answer.status_code == 422
        assert query.partition("=")[0] in str(answer.json)

    def test_there_is_no_such_publication(self, program, held):
        assert program("submit").get(f"{API}/nothing/preview").status_code == 404
        assert program("submit").get(f"{API}/nothing/simulation").status_code == 404


class TestConsole:
    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_pictures_stand_beside_tables(self, staff, held, language):
        html = staff("viewer").get(f"{CONSOLE}/{held}?lang={language}").text
        assert html.count('<svg class="chart"') == 2
        assert html.count("<table") >= 3
        assert "rollouts." not in html.replace("/rollouts.", "")

    def test_what_is_not_played_is_said(self, program, staff, held):
        found = program("submit").get(f"{API}/{held}/simulation").json
        assert "providers that throttle" in found["left_out"]
        html = staff("viewer").get(f"{CONSOLE}/{held}?lang=en").text
        assert "providers that throttle" in html

    def test_a_fault_that_cannot_be_is_shown_at_its_field(self, staff, held):
        answer = staff("viewer").get(f"{CONSOLE}/{held}?fault_percent=300")
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text

    def test_nobody_is_no_error(self, rt, clock, queue, staff):
        engine = engine_on(rt, clock, queue, Postman())
        with rt.work() as uow:
            page = a_page(uow)
            address = an_address(uow, a_subscriber(uow))
            a_subscription(uow, address, page, is_everything=False)
        with rt.work("key:1") as uow:
            draft = engine.draft(Audience(pages=(page.id,), category="announcement"))
            name = hold(uow, draft).public_id
        answer = staff("viewer").get(f"{CONSOLE}/{name}")
        assert answer.status_code == 200
        assert "Nobody would get it" in answer.text

    def test_is_for_staff(self, client, held):
        assert client.get(f"{CONSOLE}/{held}").status_code == 303


class TestWhatItWaitsFor:
    def test_is_told_at_each_door(self, rt, clock, queue, program, staff):
        engine = engine_on(rt, clock, queue, Postman())
        plan = {"dependencies": {"needs": [{"kind": "team", "team": "support"}]}}
        audience = engine.audience("UTC")
        with rt.work("key:1") as uow:
            name = hold(uow, engine.draft(audience, Plan.model_validate(plan))).public_id
        told = PreviewOut.model_validate(program("submit").get(f"{API}/{name}/preview").json)
        assert [each.name for each in told.waits_for] == ["team:support"]
        for language in ("fr", "en"):
            html = staff("viewer").get(f"{CONSOLE}/{name}?lang={language}").text
            assert told.waits_for[0].why in html
        with rt.read() as session:
            publication = publications.by_public_id(session, name)
            assert publication
            seen = outlook(session, rt.channels, publication, rt.clock())
        assert "team:support  support has not said that it is ready" in tables(seen)


class TestCommands:
    @pytest.fixture
    def run(self, rt, monkeypatch, tmp_path):
        monkeypatch.setenv("TOCSIN_DATABASE_URL", rt.settings.database_url)
        monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("TOCSIN_SECRET_KEY", "k" * 32)
        return lambda *words: CliRunner().invoke(
            tocsin, ["rollout", *words], catch_exceptions=False
        )

    def test_the_calendar_of_freezes(self, run):
        period = ("--from", "2030-12-20T00:00:00+01:00", "--to", "2031-01-04T08:00:00+01:00")
        name = run("freeze", "Holidays", *period).output.strip()
        assert f"{name}\t2030-12-19T23:00+00:00" in run("freezes").output
        assert run("lift", name).exit_code == 0
        assert run("freezes").output == ""
        wrong = run("freeze", "Holidays", "--from", "soon", *period[2:])
        assert "--from" in wrong.output

    def test_preview(self, run, held):
        told = run("preview", held)
        assert told.exit_code == 0
        assert "120 of 120 concerned would be written to" in told.stdout
        assert "Asia/Tokyo" in told.stdout

    def test_simulate(self, run, held):
        told = run("simulate", held, "--fault", "5")
        assert "this plan" in told.stdout
        assert "after 45 people" in " ".join(told.stdout.split()).replace("minutes after", "after")

    def test_as_the_api_says_it(self, run, held):
        found = json.loads(run("simulate", held, "--json").stdout)
        assert [each["people"] for each in found["stages"]] == [60, 60]
        assert json.loads(run("preview", held, "--json").stdout)["size"] == 120


def test_the_clock_is_the_plans(program, held, clock):
    clock.advance(timedelta(days=30))
    found = program("submit").get(f"{API}/{held}/preview").json
    assert found["never"] == 120
    assert clock.now > MONDAY
