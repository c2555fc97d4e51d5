"""A client made for Statuspage reads a page of ours, unchanged, and finds every field it knows."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from urllib.request import urlopen

import pytest
from werkzeug.serving import make_server

from service.events.models import Category, EventStage
from service.pages.models import State
from tests.service.status.happenings import an_update

PAGE = {"id", "name", "url", "time_zone", "updated_at"}
COMPONENT = {
    "id", "name", "status", "created_at", "updated_at", "position", "description", "showcase",
    "start_date", "group_id", "page_id", "group", "only_show_if_degraded",
}  # fmt: skip
INCIDENT = {
    "id", "name", "status", "created_at", "updated_at", "monitoring_at", "resolved_at", "impact",
    "shortlink", "started_at", "page_id", "incident_updates", "components", "reminder_intervals",
}  # fmt: skip
MAINTENANCE = {*INCIDENT, "scheduled_for", "scheduled_until"}
UPDATE = {
    "id", "status", "body", "incident_id", "created_at", "updated_at", "display_at",
    "affected_components", "deliver_notifications", "custom_tweet", "tweet_id",
}  # fmt: skip
CHANGE = {"code", "name", "old_status", "new_status"}

#: What the client (3.3.8) has no call of its own for: its getAll and getActive ask for `upcoming`.
BY_HAND = ("scheduled-maintenances", "scheduled-maintenances/active")
LISTS = ("incidents", "scheduled_maintenances")


@pytest.fixture
def served(app) -> Iterator[str]:
    """Where the page answers over a socket."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/mail"
    server.shutdown()
    thread.join()


@pytest.fixture
def eventful(rt, clock, say, is_now, platform) -> None:
    """An incident that is over, one that runs, and a maintenance in each of its stages."""
    over = say(stage=EventStage.MONITORING, states={platform.files: State.DOWN})
    say(states={platform.webmail: State.MAJOR}, title={"fr": "Lent", "en": "Slow"})
    for stage in (EventStage.SCHEDULED, EventStage.IN_PROGRESS, EventStage.COMPLETED):
        begins = clock() + timedelta(days=1 if stage is EventStage.SCHEDULED else -1)
        given = {"starts_at": begins, "states": {platform.sending: State.MAINTENANCE}}
        say(Category.MAINTENANCE, stage, {"fr": stage.value, "en": stage.value}, **given)
    is_now(platform.webmail, State.MAJOR)
    clock.now += timedelta(minutes=5)
    with rt.work() as uow:
        an_update(uow, over, EventStage.RESOLVED, no=2, started_at=uow.now)


@pytest.mark.npm
@pytest.mark.usefixtures("eventful")
def test_it_reads_every_document(npm, served):
    told = npm("statuspage.mjs", served.encode())
    for name in BY_HAND:
        with urlopen(f"{served}/api/v2/{name}.json") as answer:  # noqa: S310
            told[name] = json.load(answer)
    assert all(set(document["page"]) == PAGE for document in told.values())
    summary = told["summary"]
    assert told["status"]["status"] == summary["status"]
    assert summary["status"]["description"] == "Minor Service Outage"
    assert told["components"]["components"] == summary["components"]
    for each in summary["components"]:
        assert set(each) == (COMPONENT | {"components"} if each["group"] else COMPONENT)
    for document in told.values():
        for each in document.get("incidents", ()):
            is_an_event(each, INCIDENT)
        for each in document.get("scheduled_maintenances", ()):
            is_an_event(each, MAINTENANCE)
    assert {
        name: {each["status"] for key in LISTS for each in document.get(key, ())}
        for name, document in told.items()
    } == {
        "summary": {"investigating", "scheduled", "in_progress"},
        "status": set(),
        "components": set(),
        "incidents": {"investigating", "resolved"},
        "incidents/unresolved": {"investigating"},
        "scheduled-maintenances": {"scheduled", "in_progress", "completed"},
        "scheduled-maintenances/upcoming": {"scheduled"},
        "scheduled-maintenances/active": {"in_progress"},
    }


def is_an_event(it, fields):
    """It has these fields, no other, and nor have its parts."""
    assert set(it) == fields
    assert it["incident_updates"]
    for update in it["incident_updates"]:
        assert set(update) == UPDATE
        assert all(set(change) == CHANGE for change in update["affected_components"] or ())
    assert it["components"]
    assert all(set(each) == COMPONENT for each in it["components"])
