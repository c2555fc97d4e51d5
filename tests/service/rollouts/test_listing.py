"""Rollouts in a list: by state, a page at a time."""

import json

from click.testing import CliRunner
from sqlalchemy import event as hooks

from service.cli import tocsin
from service.cli.rollout_steps import STATES
from service.publications.plans import Gate, Plan
from service.rollouts import actions
from service.rollouts.models import RolloutState

API = "/api/v1/rollouts"
PLAN = Plan(growth={"kind": "percent", "steps": [100]}, gate=Gate(min_bake=0), windows=())


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.get_json()["rollouts"]]


def test_is_read_page_by_page_and_by_state(engine, program):
    audience = engine.audience("UTC", per_zone=2)
    names = [engine.approve(audience, PLAN, subject=f"event:{n}") for n in range(3)]
    engine.tick()
    with engine.rt.work("staff:1") as uow:
        actions.abort(uow, names[1])
    reader = program("rollouts")
    first = reader.get(API, query_string={"limit": 2})
    assert ids(first) == [names[2], names[1]]
    assert first.get_json()["next"] == names[1]
    assert f"after={names[1]}" in first.headers["Link"]
    rest = reader.get(API, query_string={"limit": 2, "after": names[1]})
    assert ids(rest) == [names[0]]
    assert rest.get_json()["next"] is None
    line = next(iter(reader.get(API, query_string={"state": "aborted"}).get_json()["rollouts"]))
    assert (line["id"], line["state"]) == (names[1], "aborted")
    assert line["deliveries"]["total"] == 2
    assert ids(reader.get(API, query_string={"state": "expired"})) == []
    assert reader.get(API, query_string={"state": "gone"}).status_code == 422
    assert reader.get(API, query_string={"after": "nothing"}).status_code == 404


def test_is_the_same_for_the_command(engine, monkeypatch):
    name = engine.approve(engine.audience("UTC"), PLAN)
    monkeypatch.setenv("TOCSIN_DATABASE_URL", engine.rt.settings.database_url)
    monkeypatch.setenv("TOCSIN_SECRET_KEY", "k" * 32)
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(engine.rt.settings.data_dir))

    def listed(*words):
        done = CliRunner().invoke(tocsin, ["rollout", "list", "--json", *words])
        assert done.exit_code == 0, done.output
        return [each["id"] for each in json.loads(done.stdout)]

    assert set(STATES) == set(RolloutState)
    assert listed("--state", "planning") == [name]
    assert listed("--state", "running") == []
    assert listed("--after", name) == []


def test_costs_as_many_statements_however_many_there_are(engine, program):
    audience = engine.audience("UTC", per_zone=2)
    reader = program("rollouts")

    def statements(path):
        seen = []

        def note(*arguments):
            seen.append(arguments[2])

        hooks.listen(engine.rt.database.reader, "before_cursor_execute", note)
        assert reader.get(path).status_code == 200
        hooks.remove(engine.rt.database.reader, "before_cursor_execute", note)
        return [each for each in seen if "slice" in each or "lane_two" in each]

    name = engine.approve(audience, PLAN, subject="event:0")
    engine.tick()
    first = [len(statements(path)) for path in (API, f"{API}/{name}")]
    stages = Plan(growth={"kind": "percent", "steps": [10, 50, 100]}, windows=())
    more = [engine.approve(audience, stages, subject=f"event:{n}") for n in range(1, 6)]
    engine.tick()
    assert len(ids(reader.get(API))) == 6
    assert [len(statements(path)) for path in (API, f"{API}/{more[-1]}")] == first
    assert first[0] == 2
