"""An endpoint's life: settings, secrets, tests, the log, failing, suspended, replayed."""

import json
from datetime import timedelta
from typing import Any

import pytest
import standardwebhooks
from sqlalchemy import delete, update

from channels.webhook.catalogue import KINDS
from service.deliveries.models import Circuit, LaneTwo
from service.deliveries.queries import circuits
from service.pages.actions import set_state
from service.pages.models import State
from service.pages.states import BASELINE
from service.publications.models import Publication, PublicationState
from service.rollouts.models import DecisionKind
from service.subscribers.models import Subscription, Suppression
from service.webhooks.actions import following
from tests.factories import a_subscriber, an_address
from tests.service.webhooks.conftest import Hook


def told(hook: Hook) -> list[dict[str, Any]]:
    """The bodies that arrived, their signatures checked by an official library."""
    for seen in hook.far_side.seen:
        standardwebhooks.Webhook(hook.secret).verify(seen.body, seen.headers)
    return [json.loads(seen.body) for seen in hook.far_side.seen]


class TestSettings:
    def test_a_format_is_what_the_next_delivery_has(self, hook, caller, publish):
        changed = caller.patch(
            hook.api("/settings"), json={"format": "cloudevents", "label": "Ops"}
        )
        assert (changed.status_code, changed.json["format"]) == (200, "cloudevents")
        publish()
        (body,) = told(hook)
        assert body["specversion"] == "1.0"
        assert hook.far_side.seen[0].headers["content-type"] == "application/cloudevents+json"

    @pytest.mark.parametrize(
        "wrong", [{"format": "xml"}, {"watches": ["everything"]}, {"label": "x" * 81}, {"a": 1}]
    )
    def test_what_cannot_be_is_refused(self, hook, caller, wrong):
        assert caller.patch(hook.api("/settings"), json=wrong).status_code == 422

    def test_old_and_new_secret_sign_together_until_the_overlap_ends(
        self, hook, caller, clock, publish
    ):
        made = caller.post(hook.api("/secret"), json={"overlap_hours": 2})
        assert made.status_code == 201
        fresh = made.json["secret"]
        publish("event:1")
        (seen,) = hook.far_side.seen
        newest, oldest = seen.headers["webhook-signature"].split()
        for secret, signature in ((fresh, newest), (hook.secret, oldest)):
            alone = {**seen.headers, "webhook-signature": signature}
            standardwebhooks.Webhook(secret).verify(seen.body, alone)

        clock.advance(timedelta(hours=2))
        hook.sweep()
        publish("event:2")
        seen = hook.far_side.seen[-1]
        standardwebhooks.Webhook(fresh).verify(seen.body, seen.headers)
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(hook.secret).verify(seen.body, seen.headers)


class TestTest:
    def test_an_example_is_sent_and_logged_to_the_byte(self, hook, caller):
        put = caller.post(hook.api("/test"), json={"type": "maintenance.rescheduled"})
        assert put.status_code == 202
        hook.town.work()
        (body,) = told(hook)
        assert (body["type"], body["test"]) == ("maintenance.rescheduled", True)
        (attempt,) = caller.get(hook.api("/attempts")).json["attempts"]
        assert attempt["id"] == put.json["id"] == hook.far_side.seen[0].headers["webhook-id"]
        assert attempt["sent"].encode() == hook.far_side.seen[0].body
        assert (attempt["status"], attempt["address"], attempt["why"]) == (
            200,
            "127.0.0.1",
            "taken",
        )
        assert attempt["timings"]["total"] >= attempt["timings"]["connect"]
        assert attempt["request"]["webhook-signature"] == "…"

    def test_one_that_fails_is_not_tried_again(self, hook, caller):
        hook.far_side.manner = "failing"
        caller.post(hook.api("/test"), json={})
        hook.town.work()
        hook.sweep()
        assert len(hook.far_side.seen) == 1

    def test_the_log_has_pages(self, hook, caller):
        for _ in range(51):
            caller.post(hook.api("/test"), json={})
        hook.town.work()
        first = caller.get(hook.api("/attempts")).json
        assert len(first["attempts"]) == 50
        rest = caller.get(first["next"].removeprefix("https://notify.example.org")).json
        assert (len(rest["attempts"]), rest["next"]) == (1, None)


class TestFailing:
    def fail(self, hook, engine, publish, clock, hours):
        hook.far_side.manner = "failing"
        publish()
        for _ in range(hours):
            clock.advance(timedelta(hours=1))
            with hook.rt.database.writers.begin() as session:
                session.execute(update(Circuit).values(probe_at=1.0))
                session.execute(update(LaneTwo).values(hold_until=0.0))
            engine.tick()

    def test_after_five_failures_it_is_asked_now_and_then(self, hook, engine, publish, clock):
        hook.far_side.manner = "failing"
        for each in range(9):
            publish(f"event:{each}")
        assert len(hook.far_side.seen) == 5
        with hook.rt.read() as session:
            circuit = circuits.circuit(session, hook.address().id)
            assert circuit is not None
            assert circuit.probe_at > 0

    def test_one_success_lets_everything_go_on(self, hook, engine, publish, clock):
        hook.far_side.manner = "failing"
        for each in range(9):
            publish(f"event:{each}")
        hook.far_side.manner = "right"
        with hook.rt.database.writers.begin() as session:
            session.execute(update(Circuit).values(probe_at=1.0))
            session.execute(update(LaneTwo).where(LaneTwo.attempt > 1).values(hold_until=0.0))
        clock.advance(timedelta(hours=1))
        engine.tick()
        assert len({body["id"] for body in told(hook)}) == 9
        assert hook.endpoint().warned_at is None

    def test_its_owner_is_warned_then_it_is_suspended(self, hook, engine, publish, clock, client):
        owner = self.owned(hook, client)
        self.fail(hook, engine, publish, clock, 26)
        hook.sweep()
        assert hook.town.mails()[-1].type == "endpoint.warned"
        hook.sweep()
        warned = [mail for mail in hook.town.mails() if mail.type == "endpoint.warned"]
        assert len(warned) == 1  # once is enough
        with hook.rt.database.writers.begin() as session:
            session.execute(update(Circuit).values(failures=10))
        clock.advance(timedelta(hours=47))
        hook.sweep()
        assert hook.town.mails()[-1].type == "endpoint.suspended"
        assert hook.address().suppressed_reason == Suppression.SUSPENDED
        assert owner

    def test_gone_is_believed(self, hook, publish, caller):
        hook.far_side.manner = "gone"
        publish()
        assert caller.get(hook.api("/settings")).json["state"] == "gone"
        publish("event:y")
        assert len(hook.far_side.seen) == 1

    @staticmethod
    def owned(hook: Hook, client) -> int:
        with hook.rt.work() as uow:
            row = uow.session.get_one(type(hook.endpoint()), hook.address().id)
            owner = an_address(uow, a_subscriber(uow), "owner@example.org")
            row.owner_id = owner.id
            return owner.id


class TestReplay:
    def test_what_was_missed_in_a_pause_is_told_again_under_its_own_id(
        self, hook, caller, publish, clock
    ):
        publish("event:before")
        assert caller.post(hook.api("/pause"), json={}).json["state"] == "paused"
        for each in range(3):
            publish(f"event:{each}")
        publish("event:2")
        assert len(hook.far_side.seen) == 1
        caller.post(hook.api("/resume"), json={})
        clock.advance(timedelta(minutes=1))
        wish = {"since": "2026-11-23T00:00:00Z"}
        for which, count in (("missing", 4), ("all", 5), ("latest", 4)):
            asked = {**wish, "which": which, "dry_run": True}
            assert caller.post(hook.api("/replay"), json=asked).json["count"] == count
        assert len(hook.far_side.seen) == 1  # nothing left yet
        done = caller.post(hook.api("/replay"), json=wish).json
        assert (done["count"], done["types"]) == (4, {"announcement.published": 4})
        assert caller.post(hook.api("/replay"), json=wish).status_code == 409
        hook.town.work()
        assert len(told(hook)) == 5
        ids = [seen.headers["webhook-id"] for seen in hook.far_side.seen]
        assert len(set(ids)) == 5
        assert not any(each.startswith("msg_") for each in ids)

    def test_a_span_the_wrong_way_round_is_told(self, hook, caller):
        wrong = {"since": "2026-11-23T00:00:00Z", "until": "2026-11-22T00:00:00Z"}
        answer = caller.post(hook.api("/replay"), json=wrong)
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"] == "/since"

    def test_the_stream_brings_what_was_published(self, hook, caller, publish, clock):
        for each in range(3):
            publish(f"event:{each}")
        first = caller.get("/api/v1/events/stream?limit=2").json
        rest = caller.get(f"/api/v1/events/stream?after={first['next']}").json
        subjects = [each["subject"] for each in first["events"] + rest["events"]]
        assert subjects == ["event:0", "event:1", "event:2"]
        again = caller.get(f"/api/v1/events/stream?after={rest['next']}").json
        assert again == {"events": [], "next": rest["next"]}
        with hook.rt.database.writers.begin() as session:  # the oldest was held until now
            late = update(Publication).where(Publication.subject == "event:0")
            session.execute(late.values(started_at=clock() + timedelta(minutes=1)))
        clock.advance(timedelta(minutes=1))
        last = caller.get(f"/api/v1/events/stream?after={rest['next']}").json
        assert [each["subject"] for each in last["events"]] == ["event:0"]
        assert caller.get("/api/v1/events/stream?after=soon").status_code == 422


class TestOperators:
    def test_what_happens_inside_is_told_to_those_who_watch(self, hook, caller, publish):
        caller.patch(hook.api("/settings"), json={"watches": ["publication"]})
        hook.sweep()  # begins at the end
        publish()
        hook.far_side.seen.clear()
        hook.sweep()
        kinds = [body["type"] for body in told(hook)]
        assert "publication.held" in kinds
        assert all(kind.startswith("publication.") for kind in kinds)
        hook.far_side.seen.clear()
        hook.sweep()
        assert hook.far_side.seen == []

    def test_a_rollout_is_followed_from_its_plan_to_its_end(self, hook, caller, engine, publish):
        caller.patch(hook.api("/settings"), json={"watches": ["rollout"]})
        hook.sweep()
        publish()
        (body,) = told(hook)
        assert body["rollout"] == {"stage": 1, "of": 1}
        engine.tick()
        hook.far_side.seen.clear()
        hook.sweep()
        kinds = [body["type"] for body in told(hook)]
        assert kinds == ["rollout.planned", "rollout.started", "rollout.completed"]

    def test_what_the_last_retry_did_not_bring_is_told_once(
        self, hook, caller, engine, publish, clock
    ):
        caller.patch(hook.api("/settings"), json={"watches": ["delivery"]})
        hook.sweep()
        hook.far_side.manner = "failing"
        publish()
        with hook.rt.database.writers.begin() as session:
            session.execute(update(LaneTwo).values(attempt=12, hold_until=0.0, due_at=clock()))
            session.execute(delete(Circuit))
        engine.tick()
        hook.far_side.manner = "right"
        hook.far_side.seen.clear()
        hook.sweep()
        (body,) = told(hook)
        assert body["type"] == "delivery.exhausted"
        assert body["data"]["detail"]["count"] == 1

    def test_every_decision_about_a_rollout_and_each_step_has_a_type(self):
        actions = [f"rollout.{kind}" for kind in DecisionKind]
        actions += [f"publication.{state}" for state in PublicationState]
        assert [each for each in actions if following.kind_of(each) is None] == []
        assert set(following.TYPES.values()) <= KINDS.keys()


class TestStates:
    @staticmethod
    def say(hook: Hook, state: State | None, source: str = BASELINE) -> list[Any]:
        hook.far_side.seen.clear()
        with hook.rt.work() as uow:
            set_state(uow, hook.town.ids["webmail"], source, state, "")
        hook.sweep()
        return [
            (body["type"], body["sequence"], body["data"]["touched"][0]["state"])
            for body in told(hook)
        ]

    def test_a_change_is_told_and_a_word_that_changes_nothing_is_not(self, hook):
        hook.sweep()  # begins with what holds now
        kind = "component.status_changed"
        assert self.say(hook, State.DOWN, "event:x") == [(kind, 1, "down")]
        assert self.say(hook, State.MINOR) == []  # the event says worse
        assert self.say(hook, None, "event:x") == [(kind, 2, "minor_disruption")]
        assert self.say(hook, State.OPERATIONAL) == [(kind, 3, "operational")]
        hook.far_side.seen.clear()
        hook.sweep()
        assert hook.far_side.seen == []

    def test_filters_decide_who_hears_of_it(self, hook):
        hook.sweep()
        with hook.rt.database.writers.begin() as session:
            session.execute(update(Subscription).values(minimum_severity=3))
        assert self.say(hook, State.MINOR) == []
        assert len(self.say(hook, State.DOWN)) == 1
        assert len(self.say(hook, State.OPERATIONAL)) == 1  # who heard of it, hears its end

    def test_what_was_missed_is_told_again_and_comes_with_the_stream(
        self, hook, caller, publish, clock
    ):
        kind = "component.status_changed"
        hook.sweep()
        begun = clock().isoformat()
        self.say(hook, State.MINOR)
        clock.advance(timedelta(seconds=1))
        caller.post(hook.api("/pause"), json={})
        assert self.say(hook, State.DOWN) == []
        clock.advance(timedelta(seconds=1))
        publish("event:between")
        clock.advance(timedelta(seconds=1))
        assert self.say(hook, State.OPERATIONAL) == []
        caller.post(hook.api("/resume"), json={})
        clock.advance(timedelta(seconds=1))

        wish = {"since": begun, "types": [kind]}
        for which, count in (("missing", 2), ("all", 3), ("latest", 1)):
            asked = {**wish, "which": which, "dry_run": True}
            assert caller.post(hook.api("/replay"), json=asked).json["count"] == count
        hook.far_side.seen.clear()
        assert caller.post(hook.api("/replay"), json=wish).json["types"] == {kind: 2}
        hook.town.work()
        again = [(each["type"], each["sequence"]) for each in told(hook)]
        assert again == [(kind, 2), (kind, 3)]
        nothing = {**wish, "dry_run": True}
        assert caller.post(hook.api("/replay"), json=nothing).json["count"] == 0

        got, after = [], "0.0"
        while page := caller.get(f"/api/v1/events/stream?limit=1&after={after}").json:
            if not page["events"]:
                break
            got += [
                (each["subject"].partition(":")[0], each["sequence"]) for each in page["events"]
            ]
            after = page["next"]
        assert got == [("component", 1), ("component", 2), ("event", 1), ("component", 3)]


class TestCatalogue:
    def test_types_are_public_with_schema_and_examples(self, client, rt):
        listed = client.get("/api/v1/webhooks/types").json["types"]
        assert "maintenance.reminder" in [each["type"] for each in listed]
        one = client.get("/api/v1/webhooks/types/incident.created").json
        assert set(one["examples"]) == {"standard", "cloudevents", "statuspage"}
        assert client.get("/api/v1/webhooks/types/nothing").status_code == 404
