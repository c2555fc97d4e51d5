"""Signals, overrides, replays, dependencies and corrections over HTTP."""

from datetime import timedelta

import pytest

from service.publications.dependencies import Dependencies, TeamNeeded
from service.publications.gates import RatioWatch
from service.publications.plans import Gate, Plan
from service.rollouts.models import RolloutState

WAITS = Dependencies(needs=(TeamNeeded(kind="team", team="support"),))
TICKETS = RatioWatch(key="tickets", kind="ratio", good=0.01, bad=0.08)
WORDS = {"fr": "Corrigé", "en": "Corrected"}


@pytest.fixture
def nouns():
    return ("access", "publications", "rollouts")


def begun(engine, dependencies=None, people=120):
    plan = Plan(
        windows=(),
        spread=0,
        growth={"kind": "absolute", "steps": [60]},
        gate=Gate(min_bake=10, metrics=(TICKETS,)),
        dependencies=dependencies or Dependencies(),
    )
    name = engine.approve(engine.audience("UTC", per_zone=people), plan)
    engine.play(hours=0.3, step_minutes=2)
    return name


def a_signal(engine, **given):
    now = engine.clock.now
    begin, end = now - timedelta(minutes=5), now
    values = {
        "key": "tickets",
        "value": 0,
        "denominator": 200,
        "from": begin.isoformat(),
        "to": end.isoformat(),
        "source": "desk",
    }
    return {**values, **given}


class TestSignals:
    def test_a_signal_with_the_same_key_counts_once(self, engine, program):
        name, client = begun(engine), program("signals")
        sent = {"json": a_signal(engine), "headers": {"Idempotency-Key": "k1"}}
        first = client.post(f"/api/v1/rollouts/{name}/signals", **sent)
        again = client.post(f"/api/v1/rollouts/{name}/signals", **sent)
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.headers["Idempotent-Replayed"] == "true"
        listed = program("rollouts").get(f"/api/v1/rollouts/{name}/signals").json
        assert len(listed["signals"]) == 1
        assert listed["signals"][0]["from"] == first.json["from"]

    @pytest.mark.parametrize(
        ("given", "pointer"),
        [
            ({"value": "many"}, "/value"),
            ({"value": -1}, "/value"),
            ({"denominator": -1}, "/denominator"),
            ({"key": "Über"}, "/key"),
            ({"to": "2026-11-01T00:00:00Z"}, "/to"),
            ({"to": "2027-11-01T00:00:00Z"}, "/to"),
            ({"source": ""}, "/source"),
            ({"colour": "red"}, "/colour"),
        ],
    )
    def test_one_that_cannot_be_is_refused_by_its_field(self, engine, program, given, pointer):
        name = begun(engine)
        answer = program("signals").post(
            f"/api/v1/rollouts/{name}/signals", json=a_signal(engine, **given)
        )
        assert answer.status_code == 422
        assert any(each["pointer"].startswith(pointer) for each in answer.json["errors"])

    def test_a_key_that_pushes_numbers_can_do_nothing_else(self, engine, program):
        name, client = begun(engine), program("signals")
        for step in ("pause", "abort", "override", "correct"):
            answer = client.post(f"/api/v1/rollouts/{name}/{step}", json={"comment": "x"})
            assert answer.status_code == 403

    def test_corruption_ends_it_at_once(self, engine, program):
        name = begun(engine)
        given = a_signal(engine, key="data_corruption", value=True, denominator=None)
        assert (
            program("signals").post(f"/api/v1/rollouts/{name}/signals", json=given).status_code
            == 201
        )
        assert engine.rollout(name).state is RolloutState.ABORTED


class TestSteering:
    def test_a_hold_is_overridden_with_a_comment(self, engine, program):
        name, client = begun(engine), program("rollouts")
        silent = client.post(f"/api/v1/rollouts/{name}/override", json={"comment": ""})
        assert silent.status_code == 422
        told = client.post(f"/api/v1/rollouts/{name}/override", json={"comment": "we know"})
        assert told.status_code == 200
        assert told.json["decisions"][-1]["kind"] == "override"
        again = client.post(f"/api/v1/rollouts/{name}/override", json={"comment": "we know"})
        assert again.status_code == 409

    def test_every_verdict_comes_out_again(self, engine, program):
        name = begun(engine)
        answer = program("rollouts").get(f"/api/v1/rollouts/{name}/replay").json
        assert answer["derived"] > 3
        assert answer["different"] == []

    def test_a_team_says_that_it_is_ready(self, engine, program):
        name, client = begun(engine, WAITS), program("rollouts")
        waits = client.get(f"/api/v1/rollouts/{name}/dependencies").json
        assert waits["missing"][0]["name"] == "team:support"
        said = client.post(
            f"/api/v1/rollouts/{name}/acknowledgements", json={"team": "support", "ready": True}
        )
        assert (said.status_code, said.json["missing"]) == (201, [])
        engine.play(hours=0.1, step_minutes=2)
        assert engine.rollout(name).state is RolloutState.RUNNING

    def test_a_correction_waits_for_a_moderator(self, engine, program):
        name, client = begun(engine), program("rollouts")
        wish = {"title": WORDS, "body": WORDS}
        early = client.post(f"/api/v1/rollouts/{name}/correct", json=wish)
        assert (early.status_code, early.json["code"]) == (409, "still_running")
        held = client.post(f"/api/v1/rollouts/{name}/correct", json={**wish, "abort": True})
        assert (held.status_code, held.json["state"]) == (201, "held")

    def test_the_calendar_is_kept(self, engine, program):
        client = program("rollouts")
        wish = {
            "name": "Year's end",
            "starts_at": "2026-12-20T00:00:00Z",
            "ends_at": "2027-01-03T00:00:00Z",
        }
        entered = client.post("/api/v1/freezes", json=wish)
        assert entered.status_code == 201
        listed = client.get("/api/v1/freezes").json["freezes"]
        assert [each["id"] for each in listed] == [entered.json["id"]]
        assert client.post(f"/api/v1/freezes/{entered.json['id']}/lift").status_code == 200
        assert client.get("/api/v1/freezes").json["freezes"] == []
        backwards = {**wish, "ends_at": wish["starts_at"]}
        assert client.post("/api/v1/freezes", json=backwards).status_code == 422
