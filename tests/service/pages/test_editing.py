"""service.pages.editing, in the console and the API: from an empty installation to a page."""

import pytest

from service.pages import queries
from tests.factories import a_component, a_page, a_section, both

PAGE = {"slug": "mail", "name.fr": "Courrier", "name.en": "Mail", "timezone": "Europe/Paris"}


@pytest.fixture
def site(rt):
    with rt.work() as uow:
        page = a_page(uow)
        core, more = a_section(uow, page), a_section(uow, page, "more", position=2)
        a_component(uow, core, "webmail")
        a_component(uow, more, "files", position=2)
        a_component(uow, core, "sending", position=3)
    return page


def order(client):
    shown = client.get("/api/v1/pages/mail").get_json()
    return {it["slug"]: [c["slug"] for c in it["components"]] for it in shown["sections"]}


class TestConsole:
    def test_an_empty_installation_guides_to_the_first_page(self, staff):
        admin = staff()
        begin = '<a class="button" href="/console/pages">'
        for path in ("/", "/console/moderation", "/console/events"):
            assert begin in admin.get(path).text
        assert "Three steps" in admin.get("/console/pages").text
        answer = admin.post("/console/pages", data=PAGE)
        assert answer.location == "/console/pages/mail"
        assert 'aria-current="step">A section' in admin.get(answer.location).text
        section = {"slug": "core", "name.fr": "Cœur", "name.en": "Core"}
        admin.post("/console/pages/mail/sections", data=section)
        assert 'aria-current="step">A service' in admin.get(answer.location).text
        component = {"slug": "webmail", "section": "core", "name.fr": "W", "name.en": "W"}
        admin.post("/console/pages/mail/components", data=component)
        assert order(admin) == {"core": ["webmail"]}
        assert "steps" not in admin.get(answer.location).text
        assert all(begin not in admin.get(path).text for path in ("/", "/console/moderation"))

    def test_something_new_needs_a_name_of_its_own(self, staff, site):
        admin = staff()
        for kind, taken in (("components", "webmail"), ("sections", "core")):
            words = {"slug": taken, "section": "core", "name.fr": "Autre", "name.en": "Other"}
            answer = admin.post(f"/console/pages/mail/{kind}", data={**words, "new": "1"})
            assert answer.status_code == 422
            assert "This name is taken" in answer.text
            assert 'value="Autre"' in answer.text

    def test_words_that_cannot_be_come_back_where_they_were_written(self, staff, site):
        words = {"slug": "webmail", "section": "core", "name.fr": "Courriel", "name.en": ""}
        answer = staff().post("/console/pages/mail/components", data=words)
        assert answer.status_code == 422
        assert 'value="Courriel"' in answer.text
        assert "Say how it is" in answer.text

    @pytest.mark.parametrize(
        ("field", "value"),
        [("slug", "No Slug"), ("slug", "console"), ("name.en", ""), ("timezone", "Mars"),
         ("host", "a/b"), ("sender_address", "nobody")],
    )  # fmt: skip
    def test_what_cannot_be_is_pointed_at_in_the_form(self, staff, field, value):
        answer = staff().post("/console/pages", data={**PAGE, field: value})
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
        assert "Courrier" in answer.text

    def test_a_name_that_is_taken_is_refused(self, staff, site):
        assert staff().post("/console/pages", data=PAGE).status_code == 422

    def test_services_move_inside_their_section(self, staff, site):
        admin = staff()
        admin.post("/console/pages/mail/components", data={"slug": "sending", "move": "up"})
        assert order(admin) == {"core": ["sending", "webmail"], "more": ["files"]}

    def test_sections_and_pages_move(self, rt, staff, site):
        with rt.work() as uow:
            a_page(uow, "files", position=2)
        admin = staff()
        admin.post("/console/pages/mail/sections", data={"slug": "core", "move": "down"})
        assert list(order(admin)) == ["more", "core"]
        admin.post("/console/pages/order", data={"slug": "files", "move": "up"})
        with rt.read() as session:
            assert [page.slug for page in queries.pages(session)] == ["files", "mail"]

    def test_a_section_with_services_stays(self, staff, site):
        answer = staff().post("/console/pages/mail/sections", data={"slug": "core", "retire": "1"})
        assert answer.status_code == 409

    def test_a_page_is_retired_and_comes_back(self, staff, client, site):
        admin = staff()
        admin.post("/console/pages/mail/retired")
        assert client.get("/mail/en/").status_code == 404
        admin.post("/console/pages", data=PAGE)
        assert client.get("/mail/en/").status_code == 200

    def test_a_state_is_said_with_a_comment_that_everybody_reads(self, staff, client, site):
        said = {"state": "down", "comment": "The disk is <full>"}
        staff("author").post("/console/pages/mail/components/webmail/state", data=said)
        shown = client.get("/mail/en/components/webmail").text
        assert "The disk is &lt;full&gt;" in shown
        assert "Webmail: Down" in shown

    def test_a_history_is_corrected_on_the_pages_clock(self, staff, client, clock, site):
        wish = {
            "state": "minor_disruption", "reason": "It was only slow",
            "starts_at": "2026-11-23T08:00", "ends_at": "2026-11-23T09:00",
        }  # fmt: skip
        there = "/console/pages/mail/components/webmail/corrections"
        moderator = staff("moderator")
        assert moderator.post(there, data=wish).status_code == 303
        assert moderator.post(there, data={**wish, "ends_at": "soon"}).status_code == 422
        assert "It was only slow" in client.get("/mail/en/components/webmail").text

    def test_authors_may_say_states_but_change_nothing(self, staff, site):
        author = staff("author")
        assert author.get("/console/pages/mail").status_code == 200
        assert author.post("/console/pages/mail/retired").status_code == 403


class TestApi:
    def test_a_page_is_made_step_by_step(self, program):
        client = program("pages")
        body = {"name": both("Mail"), "timezone": "Europe/Paris"}
        assert client.put("/api/v1/pages/mail", json=body).status_code == 200
        client.put("/api/v1/pages/mail/sections/core", json={"name": both("Core")})
        body = {"section": "core", "name": both("Webmail")}
        client.put("/api/v1/pages/mail/components/webmail", json=body)
        assert order(client) == {"core": ["webmail"]}

    def test_order_names_each_once(self, program, site):
        client = program("pages")
        wanted = {"order": ["files", "sending", "webmail"]}
        assert client.put("/api/v1/pages/mail/components-order", json=wanted).status_code == 200
        assert order(client) == {"core": ["sending", "webmail"], "more": ["files"]}
        partly = {"order": ["files"]}
        assert client.put("/api/v1/pages/mail/components-order", json=partly).status_code == 422
        assert client.put("/api/v1/pages/-/order", json={"order": ["mail"]}).status_code == 204
        there = "/api/v1/pages/mail/sections-order"
        assert client.put(there, json={"order": ["more", "core"]}).status_code == 200

    def test_what_is_retired_is_gone(self, program, site):
        client = program("pages")
        assert client.delete("/api/v1/pages/mail/components/files").status_code == 204
        assert client.delete("/api/v1/pages/mail/sections/more").status_code == 204
        assert list(order(client)) == ["core"]
        assert client.delete("/api/v1/pages/mail").status_code == 204
        assert client.get("/api/v1/pages/mail").status_code == 404

    def test_a_correction_needs_a_past(self, program, site):
        client = program("pages")
        wish = {
            "state": "down", "reason": "nobody saw it",
            "starts_at": "2026-11-23T07:00:00Z", "ends_at": "2026-11-23T08:00:00Z",
        }  # fmt: skip
        there = "/api/v1/pages/mail/components/webmail/corrections"
        assert client.post(there, json=wish).status_code == 201
        late = {**wish, "ends_at": "2027-11-23T08:00:00Z"}
        assert client.post(there, json=late).status_code == 422

    @pytest.mark.parametrize("slug", ["console", "No", "-"])
    def test_a_name_that_is_no_address_is_refused(self, program, slug):
        body = {"name": both("Mail"), "timezone": "Europe/Paris"}
        assert program("pages").put(f"/api/v1/pages/{slug}", json=body).status_code == 422
