"""A browser is one more place to be told: with real keys, and a push service on loopback."""

import json
from collections.abc import Iterator

import pytest

from channels.base import Host
from channels.outbound import Door
from channels.peer import ANSWERS, Answer, Manner, Peer, serving
from channels.registry import Registry
from channels.suites_extra import TestWebPush as Suite
from channels.webpush import WebPushChannel, WebPushConfig
from scheduling import zones
from service.access.sealing import opened
from service.db.engine import open_database
from service.runtime import Runtime
from service.subscribers import queries
from service.subscribers.models import Consent
from tests.service.signup.conftest import Mail, subscribed, town
from tests.service.signup.test_owning import addresses, full

__all__ = ["full", "subscribed", "town"]


@pytest.fixture
def push_service() -> Iterator[Peer]:
    with serving(Peer({**ANSWERS, Manner.OK: Answer(201)})) as peer:
        yield peer


@pytest.fixture
def rt(settings, push_service, clock, queue) -> Iterator[Runtime]:
    door = Door(push_service.guard)
    config = WebPushConfig.model_validate(Suite().settings(""))
    webpush = WebPushChannel(config, Host(settings.public_url, door, zones.wall_clock))
    database = open_database(settings.database_url)
    channels = Registry({"email": Mail(), "webpush": webpush}, {}, {})
    yield Runtime(settings, database, channels, queue, clock)
    channels.close()
    door.close()
    database.close()


def offer(client, full, push_service, manner=Manner.OK):
    made = Suite().address(push_service.base(manner), manner)
    return client.post(f"{full}/ways", data={"channel": "webpush", "way": made})


class TestBrowser:
    def test_is_greeted_and_gets_the_same(self, full, subscribed, client, rt, push_service):
        answer = offer(client, full, push_service)
        assert answer.headers["Location"].endswith("done=ways")
        subscribed.work()
        (greeting,) = push_service.seen
        assert greeting.headers["content-encoding"] == "aes128gcm"
        assert greeting.headers["authorization"].startswith("vapid t=")
        _, browser = addresses(rt)
        with rt.read() as session:
            (held,) = queries.subscriptions(session, browser.id)
        assert held.state is Consent.ACTIVE

    def test_its_address_is_a_secret_of_its_own(self, full, subscribed, client, rt, push_service):
        offer(client, full, push_service)
        _, browser = addresses(rt)
        assert "/push/" not in f"{browser.key} {browser.value} {browser.shown}"
        assert "endpoint" in json.loads(opened(browser.value))

    def test_one_that_is_gone_is_never_told(self, full, subscribed, client, rt, push_service):
        offer(client, full, push_service, Manner.GONE)
        subscribed.work()
        _, browser = addresses(rt)
        with rt.read() as session:
            held = queries.subscriptions(session, browser.id)
        assert [each for each in held if each.state is Consent.ACTIVE] == []

    def test_nonsense_comes_back_with_the_form(self, full, client):
        answer = client.post(f"{full}/ways", data={"channel": "webpush", "way": "{}"})
        assert answer.status_code == 422

    def test_the_page_offers_it_to_scripts_alone(self, full, client, rt):
        page = client.get(full).text
        key = rt.channels.push("webpush").application_server_key
        assert f'data-push-key="{key}"' in page
        assert '<option value="webpush"' not in page
