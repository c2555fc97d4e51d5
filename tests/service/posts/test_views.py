"""service.posts.views"""

import pytest

from service.publications import queries as publications
from tests.factories import a_list

MESSAGES = "/api/v1/lists/travaux/messages"
POST = {"title": {"fr": "Travaux", "en": "Works"}, "body": {"fr": "Ce soir.", "en": "Tonight."}}


@pytest.fixture(autouse=True)
def travaux(rt):
    with rt.work() as uow:
        a_list(uow)


@pytest.fixture
def author(program):
    return program("submit")


class TestSubmit:
    def test_it_is_held(self, author):
        answer = author.post(MESSAGES, json=POST)
        assert answer.status_code == 201
        publication = answer.json["publication"]
        assert (publication["state"], publication["type"]) == ("held", "message.published")
        assert answer.json["audience"] == 0
        assert answer.headers["Location"] == f"/api/v1/publications/{publication['id']}"

    def test_trying_stores_nothing(self, author, rt):
        answer = author.post(f"{MESSAGES}?validate=true", json=POST)
        assert (answer.status_code, answer.json["valid"]) == (200, True)
        with rt.read() as session:
            assert publications.held(session) == []

    def test_the_same_key_acts_once(self, author, rt):
        for _ in range(2):
            author.post(MESSAGES, json=POST, headers={"Idempotency-Key": "one"})
        with rt.read() as session:
            assert len(publications.held(session)) == 1

    def test_there_is_no_such_list(self, author):
        assert author.post("/api/v1/lists/nothing/messages", json=POST).status_code == 404

    @pytest.mark.parametrize(
        ("given", "pointer"),
        [
            ({"title": {"fr": "Travaux"}}, "/title/en"),
            ({"body": {"fr": "a\0b", "en": "x"}}, "/body/fr"),
            ({"body": {}}, "/body"),
            ({"plan": {"fallback_zone": "Mars/Olympus"}}, "/plan/fallback_zone"),
            ({"expires_at": "2026-11-20T09:00:00Z"}, "/expires_at"),
        ],
    )
    def test_what_cannot_be_used_is_named(self, author, given, pointer):
        answer = author.post(MESSAGES, json={**POST, **given})
        assert answer.status_code == 422
        assert pointer in {each["pointer"] for each in answer.json["errors"]}

    def test_it_takes_the_scope(self, program):
        assert program("moderate").post(MESSAGES, json=POST).status_code == 403


class TestReplace:
    def test_while_it_is_held(self, author):
        first = author.post(MESSAGES, json=POST).json["publication"]
        answer = author.put(f"{MESSAGES}/{first['id']}", json=POST)
        assert answer.json["publication"]["revision"] == 2
        assert author.put(f"{MESSAGES}/{first['id']}", json=POST).status_code == 409
