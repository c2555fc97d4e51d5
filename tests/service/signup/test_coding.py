"""Phones and chats prove themselves: a code through a real gateway, typed on the page."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest
from sqlalchemy import select

from channels import outbound
from channels.base import Host, PushChannel
from channels.chat import ChatConfig, SlackChannel
from channels.registry import Registry
from channels.sms import SmsChannel, SmsConfig
from scheduling import zones
from service.access.models import Purpose
from service.deliveries import actors as deliveries
from service.runtime import Runtime
from service.signup.actions import retention
from service.subscribers.models import Address, Consent, Subscription
from tests.service.signup.test_owning import newest_token

NUMBER = "+33 6 12 34 56 78"


@pytest.fixture
def rt(rt, far_side, settings) -> Iterator[Runtime]:
    """The same with a text gateway and a chat, both the program on loopback."""
    door = outbound.Door(outbound.Guard((ip_network("127.0.0.0/8"),), ports=(far_side.port,)))
    host = Host(settings.public_url, door, zones.wall_clock)
    more: dict[str, PushChannel] = {
        "sms": SmsChannel(SmsConfig(url=far_side.url), host),
        "slack": SlackChannel(ChatConfig(hosts="127.0.0.1"), host),
    }
    known = {"email": rt.channels.push("email"), "webhook": rt.channels.push("webhook")}
    yield replace(rt, channels=Registry({**known, **more}, {}, {}))
    door.close()


@pytest.fixture
def page(subscribed, client):
    """Ada's page, opened by the link of an hour."""
    client.post("/p", data={"address": "ada@example.org"})
    subscribed.work()
    return f"/p/{newest_token(subscribed, Purpose.MANAGE, 'signup.manage')}"


def sent(rt, far_side) -> list[str]:
    """What the gateway was asked to send so far, once the workers are through."""
    jobs = deliveries.jobs(rt)
    for search in (*deliveries.sweeps(rt), *deliveries.searches(rt)):
        search()
    while rt.queue.jobs:
        job = rt.queue.jobs.pop(0)
        if job.actor in jobs:
            jobs[job.actor](job.subject)
    return [json.loads(each.body)["text"] for each in far_side.seen]


def code_in(text: str) -> str:
    found = re.search(r"\b(\d{8})\b", text)
    assert found, text
    return found[1]


def request_in(html: str) -> str:
    found = re.search(r'name="request" value="(\d+)"', html)
    assert found
    return found[1]


def ways(rt) -> list[tuple[str, Consent]]:
    with rt.read() as session:
        rows = session.execute(
            select(Address.channel, Subscription.state)
            .join(Subscription, Subscription.address_id == Address.id)
            .where(Address.channel != "email")
            .order_by(Address.id)
        )
        return [tuple(row) for row in rows]


class TestACode:
    @pytest.mark.parametrize("channel", ["sms", "slack"])
    def test_proves_what_it_was_sent_to(self, rt, page, client, far_side, channel, everything):
        way = NUMBER if channel == "sms" else far_side.url
        asked = client.post(f"{page}/ways", data={"channel": channel, "way": way})
        assert asked.headers["Location"].endswith("/code")
        assert ways(rt) == [(channel, Consent.PENDING)]
        (text,) = sent(rt, far_side)
        code = code_in(text)
        assert [name for name, rows in everything().items() if code in repr(rows)] == []
        shown = client.get(f"{page}/code")
        number = request_in(shown.text)
        wrong = client.post(f"{page}/code", data={"request": number, "code": "1234"})
        assert wrong.status_code == 422
        assert "This is not the code" in wrong.text
        spaced = f" {code[:4]} {code[4:]} "
        right = client.post(f"{page}/code", data={"request": number, "code": spaced})
        assert right.headers["Location"].endswith("done=proven")
        assert ways(rt) == [(channel, Consent.ACTIVE)]
        again = client.post(f"{page}/code", data={"request": number, "code": code})
        assert "no longer good" in again.text

    def test_may_be_tried_five_times_within_a_quarter_of_an_hour(
        self, rt, page, client, far_side, clock
    ):
        client.post(f"{page}/ways", data={"channel": "sms", "way": NUMBER})
        code = code_in(sent(rt, far_side)[0])
        number = request_in(client.get(f"{page}/code").text)
        for _ in range(5):
            client.post(f"{page}/code", data={"request": number, "code": "00000000"})
        client.post(f"{page}/code", data={"request": number, "code": code})
        assert ways(rt) == [("sms", Consent.PENDING)]
        clock.advance(timedelta(minutes=16))
        client.post(f"{page}/ways", data={"channel": "sms", "way": NUMBER})
        second = code_in(sent(rt, far_side)[1])
        number = request_in(client.get(f"{page}/code").text)
        clock.advance(timedelta(minutes=15))
        assert "No code is waiting" in client.get(f"{page}/code").text
        client.post(f"{page}/code", data={"request": number, "code": second})
        assert ways(rt) == [("sms", Consent.PENDING)]

    def test_is_sent_rarely_whoever_asks_and_the_answer_says_nothing(
        self, rt, page, client, far_side
    ):
        answers = []
        for way in (NUMBER, "0033612345678", "+33 6 99 99 99 99"):
            asked = client.post(f"{page}/ways", data={"channel": "sms", "way": way})
            answers.append((asked.status_code, asked.headers["Location"]))
        assert len(set(answers)) == 1
        assert len(sent(rt, far_side)) == 2
        for _ in range(2):
            client.post(f"{page}/ways", data={"channel": "sms", "way": NUMBER})
        more = client.post(f"{page}/ways", data={"channel": "sms", "way": NUMBER})
        assert more.status_code == 429

    def test_is_typed_with_the_link_of_an_hour_by_who_asked(self, rt, page, client, subscribed):
        client.post(f"{page}/ways", data={"channel": "sms", "way": NUMBER})
        footer = subscribed.preferences(subscribed.address_of("email").id)
        assert client.get(f"{footer}/code").status_code == 403
        given = {"request": "1", "code": "12345678"}
        assert client.post(f"{footer}/code", data=given).status_code == 403
        for number in ("1", "999999", "-1", "x", "9" * 40, ""):
            given = {"request": number, "code": "12345678"}
            assert client.post(f"{page}/code", data=given).status_code == 422

    def test_goes_to_numbers_only(self, page, client):
        for way in ("0612345678", "x", "+33", "+33 6 12\r\nBcc: x"):
            answer = client.post(f"{page}/ways", data={"channel": "sms", "way": way})
            assert answer.status_code == 422
            assert "with its country" in answer.text


class TestStopping:
    def test_ends_what_goes_there_and_nothing_else(self, rt, page, client, far_side, subscribed):
        client.post(f"{page}/ways", data={"channel": "sms", "way": NUMBER})
        code = code_in(sent(rt, far_side)[0])
        number = request_in(client.get(f"{page}/code").text)
        client.post(f"{page}/code", data={"request": number, "code": code})
        mail, phone = (subscribed.address_of(each).id for each in ("email", "sms"))
        footer = subscribed.preferences(mail)
        assert "+336…78" in client.get(footer).text
        assert client.post(f"{footer}/stop", data={"address": mail}).status_code == 404
        assert client.post(f"{footer}/stop", data={"address": phone}).status_code == 303
        assert ways(rt) == [("sms", Consent.ENDED)]
        assert subscribed.subscription_of(mail).state is Consent.ACTIVE
        assert "+336…78" not in client.get(footer).text


class TestForgetting:
    def test_a_number_never_proven_is_forgotten_and_its_person_is_not(
        self, rt, page, client, clock, subscribed
    ):
        client.post(f"{page}/ways", data={"channel": "sms", "way": NUMBER})
        clock.advance(timedelta(days=rt.settings.signup_keep_days, hours=1))
        retention.forget_unanswered(rt)
        assert ways(rt) == [("sms", Consent.ENDED)]
        assert subscribed.address_of("sms").value == ""
        mail = subscribed.address_of("email")
        assert mail.value == "ada@example.org"
        assert subscribed.subscription_of(mail.id).state is Consent.ACTIVE
