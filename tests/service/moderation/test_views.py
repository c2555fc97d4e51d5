"""service.moderation.views"""

import html
import re

import pytest

from service.events.actions import open_event, replace_opening, update_event
from service.moderation import shelves
from service.moderation.actions import approve
from service.moderation.desk import case
from service.posts.actions import submit_message
from service.posts.wishes import PostWish
from service.publications import queries as publications
from service.publications.models import PublicationState
from tests.factories import (
    a_component,
    a_list,
    a_page,
    a_section,
    a_subscriber,
    a_subscription,
    an_address,
    both,
)
from tests.service.events.wishes import a_word, an_incident

CONSOLE = "/console/moderation"
API = "/api/v1/publications"


@pytest.fixture(autouse=True)
def world(rt):
    """Page `mail` with one follower in Tokyo, and list `travaux` without members."""
    with rt.work() as uow:
        page = a_page(uow)
        a_component(uow, a_section(uow, page))
        a_list(uow)
        a_subscription(uow, an_address(uow, a_subscriber(uow, "Asia/Tokyo")), page)


def held(rt, **given):
    with rt.work("key:1") as uow:
        return open_event(uow, rt.settings, an_incident(**given))


def held_message(rt):
    with rt.work("key:1") as uow:
        return submit_message(
            uow, rt.settings, "travaux", PostWish(both("Works"), both("Tonight."))
        ).publication


def state_of(rt, publication):
    with rt.read() as session:
        stored = publications.by_public_id(session, publication.public_id)
        assert stored
        return stored.state


class TestApi:
    def verdict(self, publication, **given):
        return {"hash": publication.hash, **given}

    def test_it_shows_what_would_leave(self, rt, program):
        publication = held(rt).publication
        shown = program().get(f"{API}/{publication.public_id}").json
        assert (shown["state"], shown["hash"]) == ("held", publication.hash)
        assert (shown["audience"], shown["rollout"]) == (1, None)

    def test_approval_begins_a_rollout(self, rt, program):
        publication = held(rt).publication
        answer = program("moderate").post(
            f"{API}/{publication.public_id}/approve", json=self.verdict(publication)
        )
        assert answer.status_code == 200
        assert answer.json["state"] == "approved"
        assert answer.json["rollout"]

    def test_it_takes_the_scope(self, rt, program):
        publication = held(rt).publication
        for verb in ("approve", "reject", "discard"):
            answer = program("submit").post(
                f"{API}/{publication.public_id}/{verb}", json=self.verdict(publication)
            )
            assert answer.status_code == 403

    def test_two_moderators_decide_once(self, rt, program):
        publication = held(rt).publication
        first, second = program("moderate"), program("moderate")
        url = f"{API}/{publication.public_id}"
        body = self.verdict(publication, comment="No.")
        assert first.post(f"{url}/reject", json=body).status_code == 200
        answer = second.post(f"{url}/approve", json=body)
        assert (answer.status_code, answer.json["code"]) == (409, "already_decided")

    def test_another_hash_is_refused(self, rt, program):
        url = f"{API}/{held(rt).publication.public_id}/approve"
        answer = program("moderate").post(url, json={"hash": "0" * 64})
        assert (answer.status_code, answer.json["code"]) == (409, "changed")
        assert program("moderate").post(url, json={"hash": "x"}).status_code == 422

    def test_a_rejection_says_why(self, rt, program):
        publication = held(rt).publication
        answer = program("moderate").post(
            f"{API}/{publication.public_id}/reject", json=self.verdict(publication)
        )
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"] == "/comment"

    def test_a_message_that_nobody_would_get(self, rt, program):
        publication = held_message(rt)
        answer = program("moderate").post(
            f"{API}/{publication.public_id}/approve", json=self.verdict(publication)
        )
        assert (answer.status_code, answer.json["code"]) == (409, "empty_audience")

    def test_discarding(self, rt, program):
        publication = held(rt).publication
        answer = program("moderate").post(
            f"{API}/{publication.public_id}/discard", json=self.verdict(publication)
        )
        assert answer.json["state"] == "discarded"

    def test_only_ones_own_can_be_withdrawn(self, rt, program):
        others = held(rt).publication
        author = program("submit")
        answer = author.post(f"{API}/{others.public_id}/withdraw", json={})
        assert answer.status_code in (200, 403)  # the first key is number 1
        mine = author.post(
            "/api/v1/lists/travaux/messages", json={"title": both("a"), "body": both("b")}
        ).json["publication"]["id"]
        answer = author.post(f"{API}/{mine}/withdraw", json={"comment": "Too early."})
        assert answer.json["state"] == "withdrawn"
        assert program("submit").post(f"{API}/{mine}/withdraw", json={}).status_code == 403

    def test_there_is_no_such_publication(self, program):
        assert program().get(f"{API}/nothing").status_code == 404


class TestQueue:
    def test_the_oldest_comes_first(self, rt, staff, clock):
        held(rt, title=both("First"))
        held(rt, title=both("Second"))
        text = staff("viewer").get(CONSOLE).text
        assert text.index("First") < text.index("Second")
        assert "1 address" in text

    def test_a_long_one_is_read_page_by_page_whatever_the_filter(self, rt, staff, monkeypatch):
        monkeypatch.setattr(shelves, "PAGE", 2)
        for number in range(5):
            held(rt, title=both(f"Number {number}"))
        viewer, there, seen = staff("viewer"), f"{CONSOLE}?words=number", []
        for _ in range(3):
            text = viewer.get(there).text
            seen += re.findall(r">Number (\d)<", text)
            older = re.findall(rf'href="({CONSOLE}\?[^"]*before=[^"]*)"', text)
            there = html.unescape("".join(older))
        assert seen == ["0", "1", "2", "3", "4"]
        assert there == ""

    def test_it_says_so_when_nothing_waits(self, staff):
        assert "Nothing waits" in staff("viewer").get(CONSOLE).text

    def test_it_speaks_french(self, staff):
        assert "Rien n’attend" in staff("viewer").get(f"{CONSOLE}?lang=fr").text

    def test_what_was_decided_stays_in_sight(self, rt, staff):
        publication = held(rt).publication
        with rt.work("staff:1") as uow:
            approve(uow, publication.public_id, publication.hash, "Well written")
        text = staff("viewer").get(f"{CONSOLE}?shelf=decided").text
        assert "Approved" in text
        assert "Well written" in text

    def test_visitors_sign_in_first(self, client):
        answer = client.get(CONSOLE)
        assert answer.status_code == 303
        assert "/console/login" in answer.headers["Location"]


class TestCase:
    def page(self, staff, publication, role="moderator"):
        return staff(role).get(f"{CONSOLE}/{publication.public_id}")

    def test_it_shows_the_message_the_audience_and_the_plan(self, rt, staff):
        publication = held(rt).publication
        text = self.page(staff, publication).text
        for word in ("Slow mail", "No webmail.", "Asia/Tokyo", "At once.", publication.hash):
            assert word in text

    def test_it_flags_a_missing_language(self, rt, staff):
        publication = held(rt, title={"en": "Slow"}, body={"en": "Slow."}).publication
        assert "It is not written in Français" in self.page(staff, publication).text

    def test_markup_is_shown_as_text(self, rt, staff):
        nasty = both("<script>alert(1)</script>")
        publication = held(rt, title=nasty, body=nasty).publication
        assert "<script>alert" not in self.page(staff, publication).text

    def test_viewers_look_on(self, rt, staff):
        text = self.page(staff, held(rt).publication, "viewer").text
        assert "Approve and send" not in text

    def test_it_frames_nothing_but_the_mail(self, rt, staff):
        policy = self.page(staff, held(rt).publication).headers["Content-Security-Policy"]
        assert policy.endswith("frame-src 'self'")

    def test_the_mail_can_do_nothing(self, rt, staff):
        publication = held(rt).publication
        answer = staff("viewer").get(f"{CONSOLE}/{publication.public_id}/mail/fr")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "script-src" not in answer.headers["Content-Security-Policy"]

    @pytest.mark.parametrize("path", ["/nothing", "/nothing/mail/fr"])
    def test_there_is_no_such_publication(self, staff, path):
        assert staff("viewer").get(CONSOLE + path).status_code == 404

    def test_there_is_no_such_language(self, rt, staff):
        publication = held(rt).publication
        url = f"{CONSOLE}/{publication.public_id}/mail/de"
        assert staff("viewer").get(url).status_code == 404

    def test_what_was_written_anew_leads_on(self, rt, staff):
        first = held(rt)
        with rt.work("key:1") as uow:
            second = replace_opening(uow, rt.settings, first.event.public_id, an_incident())
        with rt.read() as session:
            stale = publications.by_public_id(session, first.publication.public_id)
            assert stale
            seen = case(session, rt, stale, rt.clock())
            assert seen.successor
            assert seen.successor.public_id == second.publication.public_id
        text = self.page(staff, first.publication).text
        assert f"{CONSOLE}/{second.publication.public_id}" in text
        assert "Approve and send" not in text

    def test_every_stage_of_every_kind_can_be_shown(self, rt, staff):
        first = held(rt)
        with rt.work("key:1") as uow:
            second = update_event(uow, rt.settings, first.event.public_id, a_word())
        for publication in (second.publication, held_message(rt)):
            assert self.page(staff, publication).status_code == 200


class TestDecide:
    def decide(self, browser, publication, **form):
        return browser.post(
            f"{CONSOLE}/{publication.public_id}", data={"hash": publication.hash, **form}
        )

    def test_approval_leads_to_the_rollout(self, rt, staff):
        publication = held(rt).publication
        answer = self.decide(staff("moderator"), publication, verdict="approve")
        assert answer.status_code == 303
        assert "/console/rollouts/" in answer.headers["Location"]
        assert state_of(rt, publication) is PublicationState.APPROVED

    def test_a_rejection_says_why(self, rt, staff):
        publication = held(rt).publication
        browser = staff("moderator")
        answer = self.decide(browser, publication, verdict="reject")
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
        answer = self.decide(browser, publication, verdict="reject", comment="Which accounts?")
        assert answer.headers["Location"] == CONSOLE
        assert state_of(rt, publication) is PublicationState.REJECTED

    def test_what_changed_meanwhile_is_told(self, rt, staff):
        publication = held(rt).publication
        browser = staff("moderator")
        answer = browser.post(
            f"{CONSOLE}/{publication.public_id}", data={"hash": "0" * 64, "verdict": "approve"}
        )
        assert answer.status_code == 303
        assert "no longer what you read" in browser.get(answer.headers["Location"]).text
        assert state_of(rt, publication) is PublicationState.HELD

    def test_what_somebody_else_decided_is_told(self, rt, staff):
        publication = held(rt).publication
        self.decide(staff("moderator"), publication, verdict="discard")
        browser = staff("moderator")
        answer = self.decide(browser, publication, verdict="approve")
        text = browser.get(answer.headers["Location"]).text
        assert "Somebody else has decided this already" in text
        assert state_of(rt, publication) is PublicationState.DISCARDED

    def test_a_message_that_nobody_would_get_stays(self, rt, staff):
        publication = held_message(rt)
        browser = staff("moderator")
        answer = self.decide(browser, publication, verdict="approve")
        assert "have no members" in browser.get(answer.headers["Location"]).text

    @pytest.mark.parametrize("form", [{"verdict": "burn"}, {"verdict": "approve", "hash": "x"}])
    def test_odd_forms_change_nothing(self, rt, staff, form):
        publication = held(rt).publication
        assert self.decide(staff("moderator"), publication, **form).status_code == 422
        assert state_of(rt, publication) is PublicationState.HELD

    def test_authors_do_not_decide(self, rt, staff):
        publication = held(rt).publication
        answer = self.decide(staff("author"), publication, verdict="approve")
        assert answer.status_code == 403

    def test_a_form_of_others_changes_nothing(self, rt, staff):
        publication = held(rt).publication
        browser = staff("moderator")
        del browser.environ_base["HTTP_X_CSRFTOKEN"]
        answer = self.decide(browser, publication, verdict="approve")
        assert answer.status_code == 400
        assert state_of(rt, publication) is PublicationState.HELD
