"""service.bounces.views"""

import io

import pytest

from channels.email.address import parse_address
from service.subscribers.actions import Person, find_or_create
from service.subscribers.models import Suppression, ZoneOrigin
from service.web.i18n import catalogue
from service.web.parsing import LANGUAGES
from tests.factories import a_subscriber, an_address


def known(rt, *addresses):
    with rt.work() as uow:
        for each in addresses:
            an_address(uow, a_subscriber(uow), each)


class TestApi:
    def test_a_program_suppresses_lists_and_lifts(self, rt, program):
        known(rt, "a@example.org", "b@example.org")
        client = program("subscribers")
        wish = {"addresses": ["A@example.org", "nobody@example.org", "nonsense"]}
        said = client.post("/api/v1/suppressions", json=wish).get_json()
        assert (said["suppressed"], said["strangers"], len(said["faults"])) == (1, 1, 1)
        listed = client.get("/api/v1/suppressions").get_json()["suppressions"]
        assert [(each["address"], each["reason"]) for each in listed] == [
            ("a@example.org", "staff")
        ]
        lift = {"address": "a@example.org"}
        assert client.post("/api/v1/suppressions/lift", json=lift).status_code == 200
        assert client.post("/api/v1/suppressions/lift", json=lift).status_code == 404
        assert client.get("/api/v1/suppressions").get_json()["suppressions"] == []

    def test_the_list_goes_on_where_it_ended(self, rt, program):
        known(rt, "a@example.org", "b@example.org", "c@example.org")
        client = program("subscribers")
        wish = {"addresses": ["a@example.org", "b@example.org", "c@example.org"]}
        client.post("/api/v1/suppressions", json=wish)
        first = client.get("/api/v1/suppressions?limit=2").get_json()
        rest = client.get(f"/api/v1/suppressions?limit=2&after={first['next']}").get_json()
        assert [each["address"] for each in rest["suppressions"]] == ["c@example.org"]
        assert rest["next"] is None

    def test_other_keys_may_not(self, program):
        assert program("submit").get("/api/v1/suppressions").status_code == 403


class TestConsole:
    def test_a_file_is_taken_and_a_person_let_back(self, rt, staff):
        known(rt, "a@example.org")
        client = staff("moderator")
        file = (io.BytesIO(b"address,reason\r\na@example.org,old\r\n"), "list.csv")
        client.post("/console/suppressions/import", data={"file": file})
        assert "a@example.org" in client.get("/console/suppressions").text
        assert "a@example.org,staff" in client.get("/console/suppressions/export.csv").text
        client.post("/console/suppressions/lift", data={"address": "a@example.org"})
        assert "a@example.org" not in client.get("/console/suppressions").text

    def test_somebody_imported_before_they_came_stays_suppressed(self, rt, staff):
        staff("moderator").post(
            "/console/suppressions/import", data={"addresses": "late@example.org"}
        )
        parsed = parse_address("Late@example.org")
        person = Person("fr", "Europe/Paris", ZoneOrigin.FALLBACK)
        with rt.work() as uow:
            address = find_or_create(uow, "email", parsed, person)
            assert address.suppressed_reason == "staff"

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_it_has_words_for_every_reason(self, language):
        known = catalogue(language)
        assert [each for each in Suppression if f"bounces.reason.{each}" not in known] == []

    def test_viewers_change_nothing(self, staff):
        client = staff("viewer")
        assert client.get("/console/suppressions").status_code == 200
        said = client.post("/console/suppressions/lift", data={"address": "a@example.org"})
        assert said.status_code == 403
