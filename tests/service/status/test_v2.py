"""service.status.v2: what clients of Statuspage read."""

import re
from datetime import timedelta

import pytest

from service.events.models import Category, EventStage
from service.pages.models import State
from service.status.v2 import top_line
from tests.service.status.happenings import an_update

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)")
UP, MINOR, MAJOR, DOWN, WORKS = (
    State.OPERATIONAL, State.MINOR, State.MAJOR, State.DOWN, State.MAINTENANCE,
)  # fmt: skip


@pytest.fixture
def read(client):
    def _read(name: str, base: str = "/mail"):
        answer = client.get(f"{base}/api/v2/{name}.json")
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        return answer.get_json()

    return _read


class TestTopLine:
    @pytest.mark.parametrize(
        ("states", "line"),
        [
            ([UP, UP], ("none", "All Systems Operational")),
            ([], ("none", "All Systems Operational")),
            ([UP, WORKS], ("maintenance", "Service Under Maintenance")),
            ([UP, MINOR, WORKS], ("minor", "Partially Degraded Service")),
            ([MINOR, MINOR], ("minor", "Degraded System Service")),
            ([UP, MAJOR], ("minor", "Minor Service Outage")),
            ([MAJOR, MAJOR], ("major", "Partial System Outage")),
            ([UP, DOWN], ("major", "Partial System Outage")),
            ([DOWN, DOWN], ("critical", "Major System Outage")),
        ],
    )
    def test_it_is_worded_as_statuspage_does(self, states, line):
        assert top_line(states) == line


class TestDocuments:
    def test_a_section_is_a_group_of_its_components(self, read, platform):
        found = read("components")["components"]
        group = found[0]
        assert group["group"]
        assert group["components"] == [platform.webmail.public_id, platform.sending.public_id]
        assert found[1]["group_id"] == group["id"]
        assert "components" not in found[1]

    def test_instants_have_milliseconds_and_the_pages_offset(self, read, platform):
        at = read("status")["page"]["updated_at"]
        assert STAMP.fullmatch(at)
        assert at.endswith("+01:00")  # Paris in November

    def test_an_incident_tells_what_each_update_changed(self, rt, clock, read, say, platform):
        event = say(states={platform.webmail: State.MAJOR}, starts_at=clock())
        clock.now += timedelta(minutes=5)
        with rt.work() as uow:
            an_update(
                uow, event, EventStage.MONITORING, {platform.webmail: State.MINOR},
                no=2, started_at=uow.now, starts_at=uow.now - timedelta(minutes=5),
            )  # fmt: skip
        (incident,) = read("incidents/unresolved")["incidents"]
        assert incident["impact"] == "major"
        assert incident["monitoring_at"] == incident["updated_at"]
        newest, first = incident["incident_updates"]
        assert (newest["status"], first["status"]) == ("monitoring", "investigating")
        assert newest["affected_components"] == [
            {
                "code": platform.webmail.public_id,
                "name": "Core - Webmail",
                "old_status": "partial_outage",
                "new_status": "degraded_performance",
            }
        ]
        assert [each["id"] for each in read("summary")["incidents"]] == [incident["id"]]

    def test_each_event_is_in_one_list_alone(self, read, say, clock, platform):
        say(Category.MAINTENANCE, EventStage.SCHEDULED, starts_at=clock() + timedelta(days=1))
        say(Category.ANNOUNCEMENT, EventStage.PUBLISHED)
        say(Category.GENERAL, EventStage.PUBLISHED)
        say(Category.ACTION_REQUIRED, EventStage.PUBLISHED)
        assert read("incidents")["incidents"] == []
        (works,) = read("scheduled-maintenances/upcoming")["scheduled_maintenances"]
        assert works["impact"] == "maintenance"
        assert works["scheduled_for"] < works["scheduled_until"]
        assert read("scheduled-maintenances/active")["scheduled_maintenances"] == []

    def test_what_was_retracted_was_never_there(self, read, say):
        say(stage=EventStage.RETRACTED)
        assert read("incidents")["incidents"] == []

    def test_what_was_cancelled_is_completed_and_says_so(self, read, say, clock):
        say(Category.MAINTENANCE, EventStage.CANCELLED, starts_at=clock() + timedelta(days=1))
        (works,) = read("scheduled-maintenances")["scheduled_maintenances"]
        assert works["status"] == "completed"
        assert "annulée" in works["incident_updates"][0]["body"]

    def test_capitals_do_not_matter(self, client, platform):
        assert client.get("/MAIL/Api/V2/Summary.JSON").status_code == 200
        assert client.get("/mail/History.ATOM").status_code == 200

    def test_the_only_page_answers_without_its_name(self, read, platform):
        assert read("status", "") == read("status")

    def test_another_language_may_be_asked_for(self, client, platform):
        shown = client.get("/mail/api/v2/status.json?lang=en").get_json()
        assert shown["page"]["name"] == "Mail"

    def test_a_document_there_is_none_of_is_not_found(self, client, platform):
        answer = client.get("/mail/api/v2/users.json")
        assert answer.status_code == 404
        assert "summary" in answer.get_json()["detail"]
