"""Relays: set up by staff, routed by category and severity, told like anybody else."""

import json
from collections.abc import Iterator

import pytest

from channels.base import Host
from channels.chat import ChatConfig, SlackChannel
from channels.outbound import Door
from channels.peer import Manner, Peer, serving
from channels.registry import Registry
from channels.webhook.channel import WebhookChannel, WebhookConfig
from scheduling import zones
from service.access import sealing
from service.db.engine import open_database
from service.deliveries import actors as deliveries
from service.pages import queries as pages
from service.rollouts import actors as rollouts
from service.runtime import Runtime
from service.subscribers.audience import Audience
from service.subscribers.filters import SEVERITIES
from service.subscribers.models import Address
from tests.engine import Engine
from tests.factories import a_page
from tests.fakes import Postman


@pytest.fixture
def peer() -> Iterator[Peer]:
    with serving(Peer()) as far_side:
        yield far_side


@pytest.fixture
def rt(settings, peer, clock, queue) -> Iterator[Runtime]:
    door = Door(peer.guard)
    host = Host(settings.public_url, door, zones.wall_clock)
    slack = SlackChannel(ChatConfig(hosts="127.0.0.1"), host)
    webhook = WebhookChannel(WebhookConfig(), host)
    channels = Registry({"slack": slack, "webhook": webhook, "email": Postman()}, {}, {})
    database = open_database(settings.database_url)
    yield Runtime(settings, database, channels, queue, clock)
    door.close()
    database.close()


@pytest.fixture
def desk(rt, staff):
    with rt.work() as uow:
        a_page(uow)
    return staff("admin")


def set_up(desk, peer, manner=Manner.OK, **given):
    values = {
        "channel": "slack",
        "address": f"{peer.base(manner)}/services/manner-{manner}",
        "label": "On call",
        "page": "mail",
        "language": "fr",
        "incidents": "major",
        "categories": ["maintenance"],
    }
    return desk.post("/console/relays", data={**values, **given})


@pytest.fixture
def publish(rt, clock, queue):
    def _publish(category: str, severity: str) -> None:
        engine = Engine(rt, clock, queue, Postman(), Postman())
        engine.jobs = {**deliveries.jobs(rt), **rollouts.jobs(rt)}
        with rt.read() as session:
            page = pages.pages(session)[0].id
        rank = SEVERITIES.index(severity)
        audience = Audience(pages=(page,), category=category, severity=rank)
        engine.approve(audience, subject=f"event:{category}-{severity}")
        engine.tick()

    return _publish


class TestRouting:
    @pytest.mark.parametrize(
        ("category", "severity", "count"),
        [
            ("incident", "critical", 1),
            ("incident", "major", 1),
            ("incident", "minor", 0),
            ("maintenance", "none", 1),
            ("announcement", "none", 0),
        ],
    )
    def test_what_is_routed_there_arrives_in_its_language(
        self, desk, peer, publish, category, severity, count
    ):
        assert set_up(desk, peer).status_code == 303
        publish(category, severity)
        assert len(peer.seen) == count
        for seen in peer.seen:
            said = json.loads(seen.body)["text"]
            assert "Bonjour" in said
            assert said.endswith("https://notify.example.org/mail/en/events/x")

    def test_a_new_route_holds_from_then_on(self, desk, peer, publish):
        set_up(desk, peer)
        wish = {"incidents": "never", "categories": ["announcement"]}
        routed = desk.post("/console/relays/1/route", data=wish)
        assert routed.status_code == 303
        publish("incident", "critical")
        assert peer.seen == ()
        publish("announcement", "none")
        assert len(peer.seen) == 1

    def test_an_ended_one_is_told_nothing(self, desk, peer, publish):
        set_up(desk, peer)
        assert desk.post("/console/relays/1/end").status_code == 303
        publish("incident", "critical")
        assert peer.seen == ()
        assert "On call" not in desk.get("/console/relays").text

    def test_a_hook_that_is_gone_is_told_nothing_more(self, desk, peer, publish):
        set_up(desk, peer, Manner.GONE)
        publish("incident", "critical")
        publish("incident", "major")
        assert len(peer.seen) == 1


class TestConsole:
    def test_shows_the_matrix_and_no_address(self, desk, peer):
        set_up(desk, peer)
        page = desk.get("/console/relays").text
        assert "On call" in page
        assert "/services/" not in page

    def test_whoever_reads_the_database_cannot_write_there(self, desk, peer, rt):
        set_up(desk, peer)
        with rt.read() as session:
            row = session.query(Address).filter_by(channel="slack").one()
            stored = f"{row.key} {row.value} {row.shown} {row.options}"
        assert "/services/" not in stored
        assert sealing.opened(row.value).endswith("/services/manner-ok")

    def test_twice_is_a_conflict(self, desk, peer):
        set_up(desk, peer)
        assert set_up(desk, peer).status_code == 409

    @pytest.mark.parametrize(
        "wrong",
        [
            {"channel": "email"},
            {"address": "https://example.org/"},
            {"incidents": "worst"},
            {"incidents": "never", "categories": []},
            {"page": "nowhere"},
            {"label": ""},
            {"language": "de"},
        ],
    )
    def test_what_cannot_be_used_comes_back(self, desk, peer, wrong):
        assert set_up(desk, peer, **wrong).status_code == 422

    def test_an_example_is_marked_as_one(self, desk, peer, rt):
        set_up(desk, peer)
        desk.post("/console/relays/1/try")
        for job in rt.queue.jobs:
            if job.actor == "dispatch":
                deliveries.jobs(rt)[job.actor](job.subject)
        assert len(peer.seen) == 1

    def test_is_for_admins(self, rt, staff, peer):
        assert staff("viewer").get("/console/relays").status_code == 200
        assert staff("author").post("/console/relays", data={}).status_code == 403
        assert staff("admin").post("/console/relays/7/end").status_code == 404
