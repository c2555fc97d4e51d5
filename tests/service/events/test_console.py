"""service.events.views.console and handbook_console: staff write, look, hand in, agree."""

from datetime import timedelta

import pytest

from service.events import queries
from service.events import queries_handbook as handbook
from service.events.actors import mail_staff
from service.publications.models import Publication
from tests.factories import a_component, a_page, a_section, both

INCIDENT = {
    "title.fr": "Webmail lent", "title.en": "Slow webmail", "stage": "investigating",
    "body.fr": "Nous **cherchons**.", "body.en": "We are **looking**.",
    "state.webmail": "major_disruption",
}  # fmt: skip
THERE = "/console/events/new/mail/incident"


@pytest.fixture
def mail(rt):
    with rt.work() as uow:
        page = a_page(uow)
        core = a_section(uow, page)
        a_component(uow, core, "webmail", impact={"fr": "Rien à lire.", "en": "Nothing to read."})
        a_component(uow, core, "sending", position=2)
    return page


def event_id(client) -> str:
    return str(client.get("/api/v1/events").get_json()["events"][0]["id"])


@pytest.mark.usefixtures("mail")
class TestWriting:
    def test_every_category_has_a_form(self, staff):
        author = staff("author")
        shown = author.get("/console/events").text
        for category in (
            "incident", "maintenance", "action_required", "announcement", "general_message",
        ):  # fmt: skip
            there = f"/console/events/new/mail/{category}"
            assert there in shown
            assert author.get(there).status_code == 200

    def test_what_is_handed_in_waits_for_a_moderator(self, rt, staff, program):
        answer = staff("author").post(THERE, data=INCIDENT)
        assert answer.location.startswith("/console/moderation/")
        shown = program("submit").get("/api/v1/events").get_json()["events"][0]
        assert shown["updates"][0]["state"] == "held"
        assert shown["updates"][0]["components"][0]["state"] == "major_disruption"

    def test_a_preview_stores_nothing_and_shows_page_and_mail(self, rt, staff):
        answer = staff("author").post(THERE, data={**INCIDENT, "preview": "1"})
        assert "<strong>looking</strong>" in answer.text
        assert "Nothing to read." in answer.text
        assert 'value="Slow webmail"' in answer.text
        with rt.read() as session:
            assert not queries.newest(session, None, 1)

    @pytest.mark.parametrize(
        ("field", "value", "place"),
        [("body.en", "", "body.en"), ("stage", "completed", "stage"),
         ("starts_at", "soon", "starts_at"), ("ends_at", "2020-01-01T00:00", "ends_at"),
         ("body.fr", "Cause : {cause}", "body.fr")],
    )  # fmt: skip
    def test_what_cannot_be_is_pointed_at(self, staff, field, value, place):
        answer = staff("author").post(THERE, data={**INCIDENT, field: value})
        assert answer.status_code == 422
        assert f'name="{place}"' in answer.text
        assert 'aria-invalid="true"' in answer.text

    def test_a_time_is_on_the_pages_clock(self, staff, program):
        data = {
            **INCIDENT, "stage": "scheduled", "state.webmail": "maintenance",
            "starts_at": "2026-11-30T22:00", "ends_at": "2026-11-30T23:00",
        }  # fmt: skip
        staff("author").post("/console/events/new/mail/maintenance", data=data)
        shown = program("submit").get("/api/v1/events").get_json()["events"][0]
        assert shown["updates"][0]["starts_at"] == "2026-11-30T21:00:00Z"

    def test_it_may_leave_later(self, rt, staff):
        staff("author").post(THERE, data={**INCIDENT, "publish_at": "2026-11-24T08:00"})
        with rt.read() as session:
            (publication,) = session.query(Publication).all()
        assert publication.plan["not_before"] == "2026-11-24T07:00:00Z"

    def test_another_word_keeps_what_it_leaves_out(self, staff, program):
        author = staff("author")
        author.post(THERE, data=INCIDENT)
        there = f"/console/events/{event_id(program('submit'))}"
        word = {"stage": "identified", "body.fr": "Trouvé.", "body.en": "Found."}
        assert "Found." in author.post(there, data={**word, "preview": "1"}).text
        assert author.post(there, data=word).status_code == 303
        assert author.post(there, data={**word, "stage": "investigating"}).status_code == 422
        assert "Identified" in author.get(there).text

    def test_viewers_read_and_write_nothing(self, staff):
        viewer = staff("viewer")
        assert viewer.get("/console/events").status_code == 200
        assert viewer.post(THERE, data=INCIDENT).status_code == 403

    def test_what_is_not_there_is_not_found(self, staff):
        author = staff("author")
        for there in ("new/mail/party", "new/nothing/incident", "nothing"):
            assert author.get(f"/console/events/{there}").status_code == 404


@pytest.mark.usefixtures("mail")
class TestTemplates:
    @pytest.fixture
    def template(self, rt, staff):
        data = {
            "category": "incident", "stage": "identified", "name": "Cause known",
            "title.fr": "{services}", "title.en": "{services} disturbed",
            "body.fr": "Cause : {cause}\n{impact}", "body.en": "Cause: {cause}\n{impact}",
        }  # fmt: skip
        assert staff().post("/console/handbook/-/templates", data=data).status_code == 303
        with rt.read() as session:
            return handbook.templates(session)[0].public_id

    def test_its_words_and_known_fields_come_into_the_form(self, staff, template):
        data = {"template": template, "fill": "1", "state.webmail": "down"}
        shown = staff("author").post(THERE, data=data).text
        assert 'value="Webmail disturbed"' in shown
        assert "Cause: {cause}" in shown
        assert "- Webmail : Nothing to read." in shown

    def test_a_service_without_an_impact_text_leaves_no_field_open(self, staff, template):
        data = {"template": template, "fill": "1", "state.sending": "down"}
        shown = staff("author").post(THERE, data=data).text
        assert 'value="Sending disturbed"' in shown
        assert "{impact}" not in shown
        # Templates and previews are for forms that nobody has filled in yet.
        for name in ("fill", "preview"):
            assert f'name="{name}" value="1" formnovalidate' in shown

    def test_a_stage_of_another_category_is_refused(self, staff):
        data = {
            "category": "incident", "stage": "scheduled", "name": "x",
            **{f"{key}.{each}": "x" for key in ("title", "body") for each in ("fr", "en")},
        }  # fmt: skip
        answer = staff().post("/console/handbook/-/templates", data=data)
        assert answer.status_code == 422
        assert answer.text.count('lang="en" value="x"') == 1  # what was written is not lost

    def test_it_may_be_removed(self, rt, staff, template):
        staff().post("/console/handbook/-/templates", data={"id": template, "drop": "1"})
        with rt.read() as session:
            assert not handbook.templates(session)


@pytest.mark.usefixtures("mail")
class TestHandbook:
    def test_what_was_agreed_on_stands_beside_the_form(self, staff, client):
        data = {
            "criteria.en": "More than **ten** people",
            "help.en": "Call us",
            "help.fr": "Appelez",
        }
        staff("moderator").post("/console/handbook/mail", data=data)
        assert "<strong>ten</strong>" in staff("author").get(f"{THERE}?lang=en").text
        assert "Call us" in client.get("/mail/en/channels/").text

    def test_who_is_named_in_a_role_is_told_once(self, rt, staff, mail):
        moderator = staff("moderator")
        shown = moderator.get("/console/handbook/mail").text
        person = shown.partition('name="staff_id">')[2].partition('value="0"')[2]
        holder = person.partition('<option value="')[2].partition('"')[0]
        data = {"name": "Incident lead", "tasks": "Decides.", "staff_id": holder}
        assert moderator.post("/console/handbook/mail/roles", data=data).status_code == 303
        mail_staff(rt)
        with rt.read() as session:
            (duty,) = handbook.duties(session, mail.id)
            assert duty.told_at is not None
        assert mail_staff(rt) == 0

    def test_a_public_channel_is_listed_and_a_secret_refused(self, staff, client):
        data = {
            "name.en": "Forum", "name.fr": "Forum", "url": "https://forum.example.org/",
            "access": "Ask the board", "is_public": "true",
        }  # fmt: skip
        moderator = staff("moderator")
        moderator.post("/console/handbook/mail/outlets", data=data)
        shown = client.get("/mail/en/channels/").text
        assert "https://forum.example.org/" in shown
        assert "Ask the board" not in shown
        data["access"] = "password: hunter2"
        refused = moderator.post("/console/handbook/mail/outlets", data=data)
        assert refused.status_code == 422
        assert "password: hunter2</textarea>" in refused.text  # what was written is not lost
        assert "never the secret itself" in refused.text

    def test_roles_and_channels_may_be_removed(self, rt, staff, mail):
        moderator = staff("moderator")
        moderator.post("/console/handbook/mail/roles", data={"name": "Lead"})
        moderator.post("/console/handbook/mail/outlets", data={"name.en": "X", "name.fr": "X"})
        with rt.read() as session:
            duty, outlet = (
                handbook.duties(session, mail.id)[0],
                handbook.outlets(session, mail.id)[0],
            )
        for kind, row in (("roles", duty), ("outlets", outlet)):
            drop = {"id": row.public_id, "drop": "1"}
            moderator.post(f"/console/handbook/mail/{kind}", data=drop)
        with rt.read() as session:
            assert not handbook.duties(session, mail.id)
            assert not handbook.outlets(session, mail.id)


def test_late_news_are_asked_for_once(rt, mail, staff, program, clock):
    data = {**INCIDENT, "next_update_at": "2026-11-23T11:00"}
    staff("author").post(THERE, data=data)
    assert mail_staff(rt) == 0
    clock.advance(timedelta(hours=2))
    assert mail_staff(rt) == 1
    assert mail_staff(rt) == 0


def test_both_languages_are_needed_for_a_title(mail, staff):
    data = {**INCIDENT, "title.en": "", "body.en": both("x")["en"]}
    assert staff("author").post(THERE, data=data).status_code == 422
