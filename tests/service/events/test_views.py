"""service.events.views"""

import pytest

from service.events import queries
from service.publications import queries as publications
from tests.factories import a_component, a_list, a_page, a_section

EVENTS = "/api/v1/events"
EVENT = {
    "page": "mail",
    "category": "incident",
    "title": {"fr": "Courriel lent", "en": "Slow mail"},
    "body": {"fr": "Nous cherchons.", "en": "We are looking into it."},
    "components": [{"component": "webmail", "state": "major_disruption"}],
}
UPDATE = {"body": {"fr": "C'est fini.", "en": "It is over."}, "stage": "resolved"}


@pytest.fixture(autouse=True)
def page(rt):
    with rt.work() as uow:
        core = a_section(uow, a_page(uow))
        a_component(uow, core)
        a_component(uow, a_section(uow, a_page(uow, "shop")), "till")
        a_list(uow)


@pytest.fixture
def author(program):
    return program("submit")


def opened(author, **given):
    answer = author.post(EVENTS, json={**EVENT, **given})
    assert answer.status_code == 201, answer.json
    return answer.json


def pointers(answer):
    assert answer.mimetype == "application/problem+json"
    return {each["pointer"]: each["code"] for each in answer.json["errors"]}


class TestOpen:
    def test_it_is_held(self, author):
        answer = author.post(EVENTS, json=EVENT)
        assert answer.status_code == 201
        assert answer.json["publication"]["state"] == "held"
        assert answer.json["audience"] == 0
        assert answer.json["event"]["stage"] == "investigating"
        assert [each["code"] for each in answer.json["warnings"]] == ["empty"]
        assert answer.headers["Location"] == f"{EVENTS}/{answer.json['event']['id']}"

    def test_the_same_key_acts_once(self, author, rt):
        headers = {"Idempotency-Key": "one"}
        first = author.post(EVENTS, json=EVENT, headers=headers)
        second = author.post(EVENTS, json=EVENT, headers=headers)
        assert second.json == first.json
        assert second.headers["Idempotent-Replayed"] == "true"
        with rt.read() as session:
            assert len(queries.newest(session, None, 10)) == 1

    def test_the_same_key_with_another_body_is_refused(self, author):
        headers = {"Idempotency-Key": "one"}
        author.post(EVENTS, json=EVENT, headers=headers)
        other = author.post(EVENTS, json={**EVENT, "page": "shop"}, headers=headers)
        assert other.status_code == 422
        assert other.json["errors"][0]["code"] == "idempotency_key_reused"

    @pytest.mark.parametrize(
        ("given", "pointer"),
        [
            ({"page": "nothing"}, "/page"),
            ({"category": "party"}, "/category"),
            ({"components": [{"component": "webmial"}]}, "/components/0/component"),
            ({"components": [{"component": "till"}]}, "/components/0/component"),
            ({"components": [{"component": "webmail", "state": "sad"}]}, "/components/0/state"),
            ({"components": "webmail"}, "/components"),
            ({"lists": ["nothing"]}, "/lists/0"),
            ({"title": {}}, "/title"),
            ({"title": {"en": "x" * 201, "fr": "x"}}, "/title/en"),
            ({"title": {"en": "two\nlines", "fr": "x"}}, "/title/en"),
            ({"body": {"en": "x" * 20_001, "fr": "x"}}, "/body/en"),
            ({"body": {"en": "a\u0007b", "fr": "x"}}, "/body/en"),
            ({"body": {"en": "a\ud800b", "fr": "x"}}, "/body/en"),
            ({"body": {"en": "a\u202eb", "fr": "x"}}, "/body/en"),
            ({"body": {"en": "only"}}, "/body/fr"),
            ({"starts_at": "2026-11-22T09:00:00"}, "/starts_at"),
            ({"starts_at": "tomorrow"}, "/starts_at"),
            ({"ends_at": "2026-11-22T09:00:00Z"}, "/ends_at"),
            ({"ends_at": "9999-11-22T09:00:00Z"}, "/ends_at"),
            ({"expires_at": "2026-11-22T09:00:00Z"}, "/expires_at"),
            ({"stage": "scheduled"}, "/stage"),
            ({"urgency": "panic"}, "/urgency"),
            ({"plan": {"fallback_zone": "Mars/Olympus"}}, "/plan/fallback_zone"),
            ({"plan": {"growth": {"kind": "percent", "steps": [50]}}}, "/plan"),
            ({"plan": {"windows": [{"days": [9]}]}}, "/plan"),
            ({"colour": "red"}, "/colour"),
        ],
    )
    def test_what_cannot_be_used_is_named(self, author, rt, given, pointer):
        answer = author.post(EVENTS, json={**EVENT, **given})
        assert answer.status_code == 422, answer.json
        assert pointer in pointers(answer)
        with rt.read() as session:
            assert queries.newest(session, None, 10) == []

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"page": NaN}', b"\xff\xfe"])
    def test_what_is_no_object_is_refused(self, author, body):
        answer = author.post(EVENTS, data=body, content_type="application/json")
        assert answer.status_code in (400, 422)
        assert answer.mimetype == "application/problem+json"

    def test_without_a_key(self, client):
        answer = client.post(EVENTS, json=EVENT)
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"

    def test_with_a_wrong_key(self, client):
        wrong = {"Authorization": "Bearer tcs_wrong"}
        assert client.post(EVENTS, json=EVENT, headers=wrong).status_code == 401

    def test_without_the_scope(self, program):
        answer = program("rollouts").post(EVENTS, json=EVENT)
        assert (answer.status_code, answer.json["code"]) == (403, "missing_scope")


class TestValidate:
    def test_it_says_what_would_happen_and_stores_nothing(self, author, rt):
        answer = author.post(f"{EVENTS}?validate=true", json=EVENT)
        assert answer.status_code == 200
        assert answer.json["valid"] is True
        assert (answer.json["severity"], answer.json["urgency"]) == ("major", "important")
        assert answer.json["plan"]["alignment"] == "instant"
        assert answer.json["audience"] == 0
        with rt.read() as session:
            assert queries.newest(session, None, 10) == []
            assert publications.held(session) == []

    def test_with_a_key_it_is_answered_the_same_twice(self, author):
        headers = {"Idempotency-Key": "try"}
        first = author.post(f"{EVENTS}?validate=true", json=EVENT, headers=headers)
        second = author.post(f"{EVENTS}?validate=true", json=EVENT, headers=headers)
        assert first.json == second.json

    def test_it_refuses_what_would_be_refused(self, author):
        answer = author.post(f"{EVENTS}?validate=true", json={**EVENT, "page": "nothing"})
        assert answer.status_code == 422

    def test_it_tries_updates_too(self, author, rt):
        event = opened(author)["event"]
        answer = author.post(f"{EVENTS}/{event['id']}/updates?validate=true", json=UPDATE)
        assert answer.json["stage"] == "resolved"
        with rt.read() as session:
            stored = queries.by_public_id(session, event["id"])
            assert stored
            assert len(queries.chapters(session, stored.id)) == 1


class TestUpdate:
    def test_it_is_held_too(self, author):
        event = opened(author)["event"]
        answer = author.post(f"{EVENTS}/{event['id']}/updates", json=UPDATE)
        assert answer.status_code == 201
        newest, oldest = answer.json["event"]["updates"]
        assert (newest["stage"], oldest["stage"]) == ("resolved", "investigating")
        assert newest["components"][0]["state"] == "operational"

    def test_going_back_is_refused(self, author):
        event = opened(author, stage="monitoring")["event"]
        answer = author.post(
            f"{EVENTS}/{event['id']}/updates", json={**UPDATE, "stage": "identified"}
        )
        assert pointers(answer) == {"/stage": "back"}

    def test_there_is_no_such_event(self, author):
        assert author.post(f"{EVENTS}/nothing/updates", json=UPDATE).status_code == 404


class TestReplace:
    def test_the_opening(self, author):
        first = opened(author)
        answer = author.put(
            f"{EVENTS}/{first['event']['id']}",
            json={**EVENT, "title": {"fr": "Panne", "en": "Outage"}},
            headers={"If-Match": f'"{first["publication"]["hash"]}"'},
        )
        assert answer.status_code == 200
        assert answer.json["publication"]["revision"] == 2
        assert answer.json["event"]["title"]["en"] == "Outage"

    def test_what_it_leaves_unsaid_stays(self, author):
        does = {"starts_itself": True, "tells_before": True}
        planned = {
            **EVENT, "category": "maintenance", "stage": "scheduled",
            "starts_at": "2026-12-01T08:00:00Z", "ends_at": "2026-12-01T09:00:00Z",
        }  # fmt: skip
        often = {"rule": "FREQ=WEEKLY;BYDAY=TU", "ahead_days": 3}
        first = author.post(EVENTS, json={**planned, "automation": does, "recurrence": often})
        path = f"{EVENTS}/{first.json['event']['id']}"
        kept = author.put(path, json=planned).json["event"]
        assert kept["automation"] == first.json["event"]["automation"]
        assert kept["automation"]["starts_itself"]
        assert kept["recurrence"]["rule"] == often["rule"]
        said = {**planned, "automation": {}, "recurrence": None}
        changed = author.put(path, json=said).json["event"]
        assert not changed["automation"]["starts_itself"]
        assert changed["recurrence"] is None

    def test_not_what_was_not_seen(self, author):
        first = opened(author)
        answer = author.put(
            f"{EVENTS}/{first['event']['id']}", json=EVENT, headers={"If-Match": '"other"'}
        )
        assert (answer.status_code, answer.json["code"]) == (409, "changed")

    def test_a_later_word(self, author):
        event = opened(author)["event"]
        held = author.post(f"{EVENTS}/{event['id']}/updates", json=UPDATE).json
        answer = author.put(
            f"{EVENTS}/{event['id']}/updates/{held['update']}",
            json={**UPDATE, "stage": "monitoring"},
        )
        assert answer.json["event"]["stage"] == "monitoring"


class TestRead:
    def test_one(self, author, program):
        event = opened(author)["event"]
        assert program().get(f"{EVENTS}/{event['id']}").json == event
        assert program().get(f"{EVENTS}/nothing").status_code == 404

    def test_all_page_by_page(self, author):
        made = [opened(author)["event"]["id"] for _ in range(3)]
        first = author.get(EVENTS, query_string={"limit": 2, "page": "mail"})
        assert [each["id"] for each in first.json["events"]] == made[:0:-1]
        assert 'rel="next"' in first.headers["Link"]
        rest = author.get(EVENTS, query_string={"limit": 2, "after": first.json["next"]})
        assert [each["id"] for each in rest.json["events"]] == made[:1]
        assert rest.json["next"] is None
        assert "Link" not in rest.headers

    def test_by_category(self, author):
        opened(author)
        found = author.get(EVENTS, query_string={"category": "maintenance"})
        assert found.json["events"] == []

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ({"page": "nothing"}, 422),
            ({"after": "nothing"}, 404),
            ({"limit": 0}, 422),
            ({"limit": "x"}, 422),
            ({"colour": "red"}, 422),
        ],
    )
    def test_what_cannot_be_asked(self, author, query, status):
        assert author.get(EVENTS, query_string=query).status_code == status
