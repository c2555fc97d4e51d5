"""Staff and programs find subscribers and assign them; they never grant consent."""

import pytest

from service.signup.actions.forgetting import forget
from service.subscribers import queries
from service.subscribers.actions import Evidence
from service.subscribers.hashing import address_hash
from service.subscribers.models import Consent, Method


@pytest.fixture
def ada(subscribed) -> int:
    return int(subscribed.address().subscriber_id)


class TestTheConsole:
    def test_finds_by_a_part_of_the_address(self, ada, staff):
        page = staff("moderator").get("/console/subscribers?q=DA@exam").text
        assert "a…@example.org" in page
        assert "ada@example.org" not in page

    @pytest.mark.parametrize("text", ["", "ad", "nobody", "%", "_@_", "\u202e", "a\x00b"])
    def test_finds_nobody_for_less(self, ada, staff, text):
        page = staff("moderator").get("/console/subscribers", query_string={"q": text})
        assert page.status_code in (200, 400)
        assert "a…@example.org" not in page.text

    def test_finds_who_was_erased_by_hash_and_by_address(self, ada, subscribed, staff, rt):
        with rt.work() as uow:
            forget(uow, subscribed.address().id, Evidence(Method.LINK))
        client = staff("moderator")
        for text in ("ada@example.org", address_hash("email", "ada@example.org")):
            found = client.get("/console/subscribers", query_string={"q": text}).text
            assert f"/console/subscribers/{ada}" in found

    def test_shows_evidence_and_assigns(self, ada, staff, rt):
        client = staff("moderator")
        page = client.get(f"/console/subscribers/{ada}").text
        assert "requested" in page
        assert "accepted" in page
        saved = client.post(
            f"/console/subscribers/{ada}", data={"region": "eu", "party": "customers"}
        )
        assert saved.status_code == 303
        with rt.read() as session:
            person = queries.subscriber(session, ada)
        assert (person.region, person.party) == ("eu", "customers")
        assert "subscriber.assigned" in client.get(f"/console/subscribers/{ada}").text

    def test_is_for_moderators(self, ada, staff):
        assert staff("author").get("/console/subscribers").status_code == 403

    def test_nobody_is_not_found(self, ada, staff):
        assert staff("moderator").get("/console/subscribers/999").status_code == 404


class TestPrograms:
    def test_find_read_and_assign(self, ada, program, subscribed):
        client = program("subscribers")
        [found] = client.get("/api/v1/subscribers?q=ada@").json["subscribers"]
        assert (found["address"], found["active"]) == ("a…@example.org", 1)
        told = client.patch(f"/api/v1/subscribers/{found['id']}", json={"client": "Acme"})
        assert told.json["assigned"]["client"] == "Acme"
        assert client.get(f"/api/v1/subscribers/{found['id']}").json["assigned"]["region"] == ""

    @pytest.mark.parametrize(
        "body", [{"state": "active"}, {"consent": True}, {"region": "a\nb"}, {"region": 7}]
    )
    def test_cannot_say_more(self, ada, program, body, everything):
        client = program("subscribers")
        before = everything()
        assert client.patch(f"/api/v1/subscribers/{ada}", json=body).status_code == 422
        assert everything() == before

    def test_never_grant_consent(self, ada, subscribed, client, program):
        client.post(f"{subscribed.preferences(1)}/leave", data={"leave": "all"})
        program("subscribers").patch(f"/api/v1/subscribers/{ada}", json={"party": "customers"})
        assert subscribed.subscription().state is Consent.ENDED

    def test_need_the_scope(self, ada, program):
        assert program("submit").get("/api/v1/subscribers?q=ada").status_code == 403
