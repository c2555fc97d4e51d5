"""service.hooks: monitoring tools open, update and resolve incidents."""

from typing import Any

import pytest

from service.access.models import ApiKey
from service.moderation.senders import SenderWish, add_sender
from tests.factories import a_component, a_page, a_section

MAPPING = {
    "key": "incident.id", "status": "incident.state", "title": "incident.name",
    "body": "incident.text", "component": "checks.0.service", "severity": "incident.level",
    "over": "gone",
}  # fmt: skip


def said(state: str = "open", level: str = "major", key: str = "4711", **more) -> dict[str, Any]:
    incident = {"id": key, "state": state, "name": "Slow", "text": "p95 > 2 s", "level": level}
    return {"incident": {**incident, **more}, "checks": [{"service": "webmail"}]}


def firing(
    *alerts: tuple[str, str, str], status: str = "firing", group: str = "g1"
) -> dict[str, Any]:
    return {
        "version": "4", "groupKey": group, "status": status,
        "commonLabels": {"alertname": "HighLatency"},
        "commonAnnotations": {"summary": "Latency", "summary_fr": "Latence", "description": "2 s"},
        "alerts": [
            {"status": state, "labels": {"component": component, "severity": severity}}
            for component, severity, state in alerts
        ],
    }  # fmt: skip


@pytest.fixture
def site(rt) -> None:
    with rt.work() as uow:
        core = a_section(uow, a_page(uow))
        a_component(uow, core, "webmail")
        a_component(uow, core, "sending", position=2)


@pytest.fixture
def tool(program, site):
    return program("submit", "pages")


@pytest.fixture
def alert(tool):
    def _alert(*alerts, **more):
        answer = tool.post("/api/v1/hooks/alertmanager/mail", json=firing(*alerts, **more))
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    return _alert


@pytest.fixture
def hook(tool):
    body = {"page": "mail", "mapping": MAPPING}
    made = tool.put("/api/v1/hooks/pinger", json=body).get_json()

    def _post(document):
        return tool.post(made["url"].removeprefix("https://notify.example.org"), json=document)

    return _post


def states(tool, event_id: str) -> dict[str, str]:
    newest = tool.get(f"/api/v1/events/{event_id}").get_json()["updates"][0]
    return {each["component"]: each["state"] for each in newest["components"]}


class TestAlertmanager:
    def test_a_group_opens_one_incident_in_both_languages(self, tool, alert):
        answer = alert(("webmail", "critical", "firing"), ("sending", "warning", "firing"))
        assert (answer["effect"], answer["state"]) == ("opened", "held")
        event = tool.get(f"/api/v1/events/{answer['event']}").get_json()
        assert event["title"] == {"fr": "Latence", "en": "Latency"}
        assert states(tool, event["id"]) == {"webmail": "down", "sending": "minor_disruption"}

    def test_the_same_twice_changes_nothing(self, alert):
        alert(("webmail", "critical", "firing"))
        assert alert(("webmail", "critical", "firing"))["effect"] == "nothing"

    def test_another_state_updates_it(self, tool, alert):
        first = alert(("webmail", "warning", "firing"), ("sending", "warning", "firing"))
        now = alert(("webmail", "critical", "firing"), ("sending", "warning", "resolved"))
        assert (now["effect"], now["event"]) == ("updated", first["event"])
        assert states(tool, now["event"]) == {"webmail": "down", "sending": "operational"}

    def test_its_end_resolves_it_and_the_next_is_another(self, alert):
        first = alert(("webmail", "warning", "firing"))
        end = alert(("webmail", "warning", "resolved"), status="resolved")
        assert (end["effect"], end["event"]) == ("resolved", first["event"])
        again = alert(("webmail", "warning", "resolved"), status="resolved")
        assert again["effect"] == "nothing"
        fresh = alert(("webmail", "warning", "firing"))
        assert fresh["effect"] == "opened"
        assert fresh["event"] != first["event"]

    def test_groups_are_told_apart(self, alert):
        assert alert(("webmail", "warning", "firing"), group="a")["effect"] == "opened"
        assert alert(("webmail", "warning", "firing"), group="b")["effect"] == "opened"

    def test_services_the_page_lacks_are_left_out(self, tool, alert):
        answer = alert(("webmail", "major", "firing"), ("kitchen", "critical", "firing"))
        assert states(tool, answer["event"]) == {"webmail": "major_disruption"}

    @pytest.mark.parametrize("body", [{}, {"alerts": []}, {"alerts": "x", "groupKey": 3}, [1]])
    def test_what_is_none_of_its_is_refused(self, tool, body):
        answer = tool.post("/api/v1/hooks/alertmanager/mail", json=body)
        assert answer.status_code == 422

    def test_a_trusted_sender_is_not_held(self, rt, tool, alert):
        with rt.work() as uow:
            name = uow.session.query(ApiKey).one().name
            add_sender(uow, SenderWish(name="Prometheus", key=name, stance="trusted"))
        assert alert(("webmail", "critical", "firing"))["state"] == "approved"

    def test_a_key_without_the_scope_is_refused(self, program, site):
        answer = program("pages").post(
            "/api/v1/hooks/alertmanager/mail", json=firing(("webmail", "x", "firing"))
        )
        assert answer.status_code == 403


class TestGeneric:
    def test_it_opens_updates_and_resolves(self, tool, hook):
        opened = hook(said()).get_json()
        assert opened["effect"] == "opened"
        assert states(tool, opened["event"]) == {"webmail": "major_disruption"}
        assert hook(said()).get_json()["effect"] == "nothing"
        assert hook(said(level="critical")).get_json()["effect"] == "updated"
        assert hook(said("gone")).get_json()["effect"] == "resolved"
        assert hook(said("resolved", key="other")).get_json()["effect"] == "nothing"

    @pytest.mark.parametrize("body", [{}, {"incident": []}, {"incident": {"id": {"a": 1}}}])
    def test_a_path_that_leads_nowhere_is_named(self, hook, body):
        answer = hook(body)
        assert answer.status_code == 422
        assert "incident.id" in answer.get_json()["errors"][0]["detail"]

    def test_broken_text_is_refused(self, hook):
        assert hook(said(name="a\u0000b")).status_code == 422

    def test_hooks_are_listed_and_retired(self, tool, hook):
        (listed,) = tool.get("/api/v1/hooks").get_json()["hooks"]
        assert listed["page"] == "mail"
        assert tool.delete("/api/v1/hooks/pinger").status_code == 204
        assert tool.delete("/api/v1/hooks/pinger").status_code == 404
        assert hook(said()).status_code == 404

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [({"page": "none", "mapping": MAPPING}, "/page"),
         ({"page": "mail", "mapping": {**MAPPING, "key": ""}}, "/mapping/key")],
    )  # fmt: skip
    def test_a_hook_says_where_things_stand(self, tool, body, pointer):
        answer = tool.put("/api/v1/hooks/pinger", json=body)
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["pointer"] == pointer
