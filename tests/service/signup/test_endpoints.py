"""Webhook endpoints prove themselves before they are told anything."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from channels.webhook.signing import verify
from service.signup.actors import search
from service.signup.models import SignupRequest
from service.subscribers.models import Address, Consent, Kind, Subscriber


@pytest.fixture
def caller(town, program):
    return program("subscribers")


def register(caller, far_side, **given):
    return caller.post("/api/v1/endpoints", json={"url": far_side.url, "page": "mail", **given})


def shown(caller, made):
    return caller.get(f"/api/v1/endpoints/{made.json['id']}").json


class TestRegistering:
    def test_gives_a_secret_once_and_keeps_it_sealed(self, town, caller, far_side, rt):
        made = register(caller, far_side, filters={"components": ["smtp"]})
        assert made.status_code == 201
        assert made.json["secret"].startswith("whsec_")
        assert made.json["state"] == "pending"
        assert made.headers["Location"].endswith(f"/api/v1/endpoints/{made.json['id']}")
        assert "secret" not in shown(caller, made)
        address = town.address()
        assert made.json["secret"] not in address.secrets
        assert address.verified_at is None
        with rt.read() as session:
            assert session.scalars(select(Subscriber)).one().kind is Kind.SYSTEM

    def test_twice_is_a_conflict(self, town, caller, far_side):
        register(caller, far_side)
        assert register(caller, far_side).status_code == 409

    def test_a_retry_gets_the_same_answer(self, town, caller, far_side, rt):
        headers = {"Idempotency-Key": "k1"}
        body = {"url": far_side.url, "page": "mail"}
        first, second = (
            caller.post("/api/v1/endpoints", json=body, headers=headers) for _ in range(2)
        )
        assert first.json == second.json
        with rt.read() as session:
            assert session.scalar(select(func.count()).select_from(Address)) == 1

    @pytest.mark.parametrize(
        ("given", "pointer"),
        [
            ({"url": "https://10.0.0.1/hook"}, "/url"),
            ({"url": "ftp://example.org/"}, "/url"),
            ({"url": "x" * 3000}, "/url"),
            ({"page": "nowhere"}, "/page"),
            ({"filters": {"components": ["nowhere"]}}, "/filters/components/0"),
            ({"filters": {"categories": []}}, "/filters/categories"),
            ({"filters": {"minimum_severity": "worst"}}, "/filters/minimum_severity"),
            ({"filters": {"everything": False}}, "/filters/components"),
        ],
    )
    def test_what_cannot_be_used_is_told_by_pointer(self, town, caller, far_side, given, pointer):
        answer = register(caller, far_side, **given)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json["errors"]] == [pointer]

    def test_needs_the_scope(self, town, client, program, far_side):
        assert register(client, far_side).status_code == 401
        assert register(program("pages"), far_side).status_code == 403


class TestTheChallenge:
    def test_a_right_answer_makes_it_active(self, town, caller, far_side, clock):
        made = register(caller, far_side)
        town.work()
        (seen,) = far_side.seen
        asked = json.loads(seen.body)
        assert asked["type"] == "endpoint.challenge"
        verify([made.json["secret"]], seen.headers, seen.body)
        assert shown(caller, made)["state"] == "active"
        assert town.subscription().state is Consent.ACTIVE
        assert town.address().verified_at == clock.now

    @pytest.mark.parametrize("manner", ["wrong", "silent", "failing"])
    def test_any_other_answer_is_asked_again_later(self, town, caller, far_side, clock, manner):
        far_side.manner = manner
        made = register(caller, far_side)
        town.work()
        state = shown(caller, made)
        assert (state["state"], state["challenges"]) == ("pending", 1)
        assert state["problem"]
        assert state["next_challenge_at"]

        far_side.manner = "right"
        search(town.rt)
        assert town.rt.queue.jobs == []  # not yet
        clock.advance(timedelta(minutes=1))
        search(town.rt)
        town.work()
        assert len(far_side.seen) == 2
        state = shown(caller, made)
        assert (state["state"], state["problem"]) == ("active", "")

    def test_it_gives_up_in_the_end(self, town, caller, far_side, clock, rt):
        far_side.manner = "wrong"
        made = register(caller, far_side)
        for _ in range(30):
            town.work()
            clock.advance(timedelta(hours=27))
            search(town.rt)
        assert shown(caller, made)["state"] == "ended"
        assert len(far_side.seen) == 12
        with rt.read() as session:
            assert session.scalars(select(SignupRequest.decision)).one() == "unusable"

    def test_gone_is_believed_at_once(self, town, caller, far_side):
        far_side.manner = "gone"
        made = register(caller, far_side)
        town.work()
        assert shown(caller, made)["state"] == "ended"

    def test_after_that_it_may_be_registered_anew_with_a_new_secret(self, town, caller, far_side):
        far_side.manner = "gone"
        first = register(caller, far_side)
        town.work()
        far_side.manner = "right"
        second = register(caller, far_side)
        assert second.json["secret"] not in (None, first.json["secret"])
        town.work()
        assert shown(caller, second)["state"] == "active"

    def test_two_jobs_at_once_are_harmless(self, town, caller, far_side):
        made = register(caller, far_side)
        town.rt.queue.jobs *= 2
        town.work()
        assert shown(caller, made)["state"] == "active"


class TestEnding:
    def test_ends_it_and_again_is_harmless(self, town, caller, far_side):
        made = register(caller, far_side)
        path = f"/api/v1/endpoints/{made.json['id']}"
        assert [caller.delete(path).status_code for _ in range(2)] == [204, 204]
        town.work()  # the challenge of an endpoint that has ended changes nothing
        assert shown(caller, made)["state"] == "ended"

    def test_a_persons_subscription_is_no_endpoint(self, subscribed, caller):
        path = f"/api/v1/endpoints/{subscribed.subscription().id}"
        assert caller.get(path).status_code == 404
        assert caller.delete(path).status_code == 404
        assert caller.get("/api/v1/endpoints/" + "9" * 30).status_code == 404
        assert subscribed.subscription().state is Consent.ACTIVE
