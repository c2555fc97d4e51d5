"""Pages and components' states for programs."""

import pytest

from service.pages.models import State
from tests.factories import a_component, a_page, a_section


@pytest.fixture
def page(rt):
    with rt.work() as uow:
        page = a_page(uow)
        a_component(uow, a_section(uow, page))
        return page


PATH = "/api/v1/pages/mail/components/webmail/state"


class TestReading:
    def test_pages_are_listed_without_a_key(self, client, page):
        (shown,) = client.get("/api/v1/pages").json["pages"]
        assert (shown["id"], shown["slug"], shown["state"]) == (
            page.public_id,
            "mail",
            "operational",
        )
        assert shown["url"] == "https://notify.example.org/mail/"

    def test_a_page_shows_its_sections_components_and_states(self, client, page):
        shown = client.get("/api/v1/pages/mail").json
        (section,) = shown["sections"]
        (component,) = section["components"]
        assert section["slug"] == "core"
        assert component["slug"] == "webmail"
        assert component["state"] == "operational"
        assert component["impact"] == {"fr": "No webmail.", "en": "No webmail."}

    def test_an_unknown_page_is_a_problem(self, client):
        answer = client.get("/api/v1/pages/nothing")
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


class TestPutState:
    def test_it_holds_from_now_on(self, client, program, page):
        answer = program("pages").put(PATH, json={"state": "down", "comment": "No power."})
        assert answer.status_code == 200
        assert answer.json["state"] == "down"
        assert answer.json["comment"] == "No power."
        assert answer.json["by"].startswith("key:")
        assert client.get("/api/v1/pages").json["pages"][0]["state"] == "down"

    def test_saying_it_twice_is_harmless(self, program, page):
        caller = program("pages")
        first = caller.put(PATH, json={"state": "down"})
        assert caller.put(PATH, json={"state": "down"}).json == first.json

    def test_a_component_may_be_named_by_its_id(self, client, program, page):
        shown = client.get("/api/v1/pages/mail").json["sections"][0]["components"][0]
        path = f"/api/v1/pages/mail/components/{shown['id']}/state"
        assert program("pages").put(path, json={"state": State.MINOR}).status_code == 200

    @pytest.mark.parametrize(
        ("path", "body", "status"),
        [
            (PATH, {"state": "broken"}, 422),
            (PATH, {}, 422),
            (PATH, {"state": "down", "why": "?"}, 422),
            (PATH, {"state": "down", "comment": "\x00"}, 422),
            (PATH.replace("webmail", "nothing"), {"state": "down"}, 404),
            (PATH.replace("mail/", "nothing/", 1), {"state": "down"}, 404),
        ],
    )
    def test_what_does_not_fit_is_a_problem(self, program, page, path, body, status):
        answer = program("pages").put(path, json=body)
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")

    def test_a_key_without_the_scope_is_turned_away(self, client, program, page):
        assert client.put(PATH, json={"state": "down"}).status_code == 401
        assert program("submit").put(PATH, json={"state": "down"}).status_code == 403
