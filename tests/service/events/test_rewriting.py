"""service.events.views.rewriting: a held word is written anew in the console."""

import re

import pytest

from service.moderation.agreeing import Rules, set_rules
from service.publications.models import PublicationState
from service.publications.queries import by_public_id, held
from service.publications.schemas import publication_out
from tests.factories import a_component, a_page, a_section
from tests.service.events.test_console import INCIDENT, THERE, event_id


@pytest.fixture(autouse=True)
def mail(rt):
    with rt.work() as uow:
        page = a_page(uow)
        core = a_section(uow, page, "core")
        for slug in ("webmail", "sending"):
            a_component(uow, core, slug)
    return page


def waiting(rt):
    with rt.read() as session:
        (found,) = held(session)
        return found


def edit(found) -> str:
    return f"/console/events/held/{found.public_id}"


class TestAnOpening:
    def test_is_shown_as_it_was_written_and_held_again_as_a_revision(self, rt, staff, program):
        author, moderator = staff("author"), staff("moderator")
        author.post(THERE, data={**INCIDENT, "publish_at": "2026-11-24T08:00"})
        first = waiting(rt)
        assert edit(first) in moderator.get(f"/console/moderation/{first.public_id}").text
        form = moderator.get(edit(first)).text
        for shown in ('value="Slow webmail"', "We are **looking**.", 'value="2026-11-24T08:00"'):
            assert shown in form
        assert re.search(r'value="major_disruption" selected', form)
        assert first.hash in form

        anew = {**INCIDENT, "title.en": "Slow mail", "state.webmail": "", "hash": first.hash,
                "state.sending": "minor_disruption"}  # fmt: skip
        shown = moderator.post(edit(first), data={**anew, "preview": "1"}).text
        assert "Slow mail" in shown
        assert waiting(rt).id == first.id  # a preview changes nothing
        assert moderator.post(edit(first), data=anew).status_code == 303
        second = waiting(rt)
        assert (second.revision, second.submitted_by != first.submitted_by) == (2, True)
        with rt.read() as session:
            old = by_public_id(session, first.public_id)
            assert old is not None
            assert old.state is PublicationState.REPLACED
            assert publication_out(second).hash != first.hash
        told = program("submit").get("/api/v1/events").get_json()["events"][0]
        assert told["title"]["en"] == "Slow mail"
        newest = max(told["updates"], key=lambda it: it["created_at"])
        assert [each["component"] for each in newest["components"]] == ["sending"]

    def test_whoever_wrote_it_anew_cannot_approve_it_under_four_eyes(self, rt, staff):
        with rt.work() as uow:
            set_rules(uow, Rules(four_eyes=True, urgent=False))
        staff("author").post(THERE, data=INCIDENT)
        moderator, first = staff("moderator"), waiting(rt)
        moderator.post(edit(first), data={**INCIDENT, "hash": first.hash})
        second = waiting(rt)
        desk = f"/console/moderation/{second.public_id}"
        verdict = {"verdict": "approve", "hash": second.hash}
        moderator.post(desk, data=verdict)
        assert waiting(rt).id == second.id
        assert staff("moderator").post(desk, data=verdict).status_code == 303
        with rt.read() as session:
            assert not held(session)

    def test_keeps_the_plan_that_a_program_gave(self, rt, staff, program):
        program("submit").post("/api/v1/events", json={
            "page": "mail", "category": "incident",
            "title": {"en": "Slow"}, "body": {"en": "We look."}, "urgency": "normal",
            "plan": {"on_unknown": "hold"},
        })  # fmt: skip
        first = waiting(rt)
        data = {"title.en": "Slow", "body.en": "We look on.", "stage": "investigating",
                "hash": first.hash}  # fmt: skip
        assert staff("moderator").post(edit(first), data=data).status_code == 303
        second = waiting(rt)
        assert second.urgency == first.urgency
        assert second.plan["on_unknown"] == "hold"


class TestAnotherWord:
    def test_is_written_anew_with_what_came_before_it(self, rt, staff, program):
        author = staff("author")
        author.post(THERE, data=INCIDENT)
        opening = waiting(rt)
        there = f"/console/events/{event_id(program('submit'))}"
        author.post(there, data={"stage": "identified", "body.fr": "Vu.", "body.en": "Found."})
        with rt.read() as session:
            (word,) = [each for each in held(session) if each.id != opening.id]
        form = author.get(edit(word)).text
        assert "Found." in form
        assert 'name="title.en"' not in form
        data = {"stage": "monitoring", "body.fr": "Mieux.", "body.en": "Better."}
        answer = author.post(edit(word), data={**data, "hash": word.hash})
        assert answer.status_code == 303
        told = program("submit").get("/api/v1/events").get_json()["events"][0]
        assert "monitoring" in [each["stage"] for each in told["updates"]]
        # What was said before it can no longer be written anew.
        author.post(edit(opening), data={**INCIDENT, "hash": opening.hash})
        assert "Write that one anew" in author.get(f"/console/moderation/{opening.public_id}").text


class TestRefusals:
    def test_what_cannot_be_is_pointed_at(self, rt, staff):
        staff("author").post(THERE, data=INCIDENT)
        first = waiting(rt)
        answer = staff("moderator").post(edit(first), data={**INCIDENT, "body.en": ""})
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text

    def test_another_author_may_not_and_what_changed_meanwhile_is_said(self, rt, staff):
        staff("author").post(THERE, data=INCIDENT)
        first = waiting(rt)
        staff("author").post(edit(first), data={**INCIDENT, "hash": first.hash})
        staff("moderator").post(edit(first), data={**INCIDENT, "hash": "old"})
        assert waiting(rt).id == first.id

    def test_what_is_not_held_is_not_found(self, rt, staff):
        staff("author").post(THERE, data=INCIDENT)
        first, moderator = waiting(rt), staff("moderator")
        moderator.post(
            f"/console/moderation/{first.public_id}",
            data={"verdict": "discard", "hash": first.hash},
        )
        assert moderator.get(edit(first)).status_code == 404
        assert moderator.get("/console/events/held/nothing").status_code == 404
