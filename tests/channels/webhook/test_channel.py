"""channels.webhook.channel"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import standardwebhooks
from pydantic import ValidationError

from channels.base import Outcome, PushChannel, Reason, Refused, Result, Scope, Verifies
from channels.outbound import Door, Guard
from channels.webhook import WebhookChannel, verify
from channels.webhook.channel import WebhookConfig
from tests.channels.endpoints import Endpoint, closed_port
from tests.channels.samples import MESSAGE, a_host
from tests.channels.webhook.parcels import NEWER, SECRET, parcel, sent, soon


class TestParseAddress:
    def test_has_one_key_for_two_spellings(self, channel: WebhookChannel):
        one = channel.parse_address(" https://Example.org:443/Hook?a=b#x ")
        two = channel.parse_address("https://example.org/Hook?a=b")
        assert one == two
        assert one.key == one.value == "https://example.org/Hook?a=b"
        assert (one.shown, one.lane) == ("example.org/…", "example.org")

    def test_http_is_for_the_operators_networks(self, channel: WebhookChannel, endpoint: Endpoint):
        assert channel.parse_address(f"{endpoint.url}/ok").lane == "127.0.0.1"
        with pytest.raises(Refused) as refused:
            channel.parse_address("http://example.org/")
        assert (refused.value.field, refused.value.code) == ("address", "https")

    def test_an_address_inside_is_refused(self, channel: WebhookChannel):
        with pytest.raises(Refused, match="not public"):
            channel.parse_address("https://10.0.0.1/")


class TestSend:
    def test_an_official_library_verifies_what_arrives(
        self, channel: WebhookChannel, endpoint: Endpoint
    ):
        told = sent(channel, endpoint, "ok", secrets=(NEWER, SECRET))
        assert (told.result, told.reason, told.code) == (Result.SENT, Reason.ACCEPTED, "200")
        (got,) = endpoint.received
        for secret in (NEWER, SECRET):
            body = standardwebhooks.Webhook(secret).verify(got.body, got.headers)
            assert body["id"] == "pub_1"
        verify([SECRET], got.headers, got.body)
        assert got.body == channel.render(MESSAGE, "en", "UTC").standard
        assert got.headers["webhook-id"] == "parcel_ok"
        assert abs(int(got.headers["webhook-timestamp"]) - time.time()) < 30
        assert got.headers["webhook-signature"].count("v1,") == 2
        assert got.headers["content-type"] == "application/json"
        assert got.headers["user-agent"] == "Tocsin"

    def test_the_id_is_the_same_on_every_attempt(self, channel: WebhookChannel, endpoint: Endpoint):
        sent(channel, endpoint, "status/500")
        sent(channel, endpoint, "status/500", attempt=2)
        assert len({each.headers["webhook-id"] for each in endpoint.received}) == 1

    def test_a_closed_port_costs_an_attempt_and_condemns_the_host(
        self, channel: WebhookChannel, endpoint: Endpoint
    ):
        with closed_port() as port:
            door = Door(replace(endpoint.guard, ports=(port,)))
            nobody = WebhookChannel(WebhookConfig(), a_host(door))
            (told,) = nobody.send([parcel(nobody, f"http://127.0.0.1:{port}/")], soon())
            door.close()
        assert (told.result, told.scope, told.reason) == (
            Result.TRANSIENT,
            Scope.LANE,
            Reason.UNREACHABLE,
        )

    def test_an_address_that_became_internal_is_blocked_for_good(
        self, channel: WebhookChannel, endpoint: Endpoint
    ):
        once = parcel(channel, f"{endpoint.url}/ok")
        now = WebhookChannel(WebhookConfig(), a_host(Door(Guard(ports=(endpoint.server_port,)))))
        (told,) = now.send([once], soon())
        assert (told.result, told.scope, told.reason) == (
            Result.PERMANENT,
            Scope.ADDRESS,
            Reason.BLOCKED,
        )
        assert not endpoint.received

    def test_the_hanging_ones_are_unknown_and_the_waiting_ones_not_tried(
        self, channel: WebhookChannel, endpoint: Endpoint
    ):
        parcels = [parcel(channel, f"{endpoint.url}/hang?{each}") for each in range(5)]
        told = list(channel.send(parcels, time.monotonic() + 0.5))
        results = sorted(each.result for each in told)
        assert results == [Result.NOT_TRIED] * 3 + [Result.UNKNOWN] * 2
        assert {each.reason for each in told} == {Reason.TIMEOUT}
        assert endpoint.most <= channel.traits.per_lane

    def test_healthy_ones_do_not_wait_for_a_hanging_one(
        self, channel: WebhookChannel, endpoint: Endpoint
    ):
        paths = ["hang", *(f"ok?{each}" for each in range(20))]
        parcels = [parcel(channel, f"{endpoint.url}/{path}") for path in paths]
        told = [each.parcel for each in channel.send(parcels, time.monotonic() + 1)]
        assert told[-1] is parcels[0]
        assert {each.id for each in told} == {each.id for each in parcels}

    @pytest.mark.parametrize("secrets", [(), ("",), ("whsec_not base64",), (SECRET, "whsec_")])
    def test_one_that_cannot_be_signed_does_not_leave_nor_stop_the_others(
        self, channel: WebhookChannel, endpoint: Endpoint, secrets: tuple[str, ...]
    ):
        bad = parcel(channel, f"{endpoint.url}/ok?bad", secrets=secrets)
        good = parcel(channel, f"{endpoint.url}/ok")
        told = {each.parcel.id: each for each in channel.send([bad, good], soon())}
        assert told[good.id].result is Result.SENT
        assert (told[bad.id].result, told[bad.id].reason) == (Result.TRANSIENT, Reason.AUTH)
        assert len(endpoint.received) == 1

    def test_eight_threads_get_an_outcome_for_each_parcel(
        self, channel: WebhookChannel, endpoint: Endpoint
    ):
        def drain(thread: int) -> int:
            many = [parcel(channel, f"{endpoint.url}/ok?{thread}-{each}") for each in range(32)]
            told = list(channel.send(many, soon()))
            assert {each.parcel.id for each in told} == {each.id for each in many}
            return sum(each.result is Result.SENT for each in told)

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(drain, range(8))) == 256
        assert len({each.headers["webhook-id"] for each in endpoint.received}) == 256


class TestChallenge:
    def test_who_repeats_it_is_proven(self, channel: WebhookChannel, endpoint: Endpoint):
        told = self.asked(channel, endpoint, "echo")
        assert (told.result, told.reason) == (Result.SENT, Reason.ACCEPTED)
        (got,) = endpoint.received
        body = standardwebhooks.Webhook(SECRET).verify(got.body, got.headers)
        assert (body["type"], body["data"]) == ("endpoint.challenge", {"challenge": "nonce-1"})
        assert datetime.fromisoformat(body["timestamp"]).tzinfo is not None
        assert "nonce" not in got.headers["webhook-id"]

    @pytest.mark.parametrize("path", ["ok", "parrot", "list", "status/204", "huge"])
    def test_a_success_that_does_not_repeat_it_is_no_proof(
        self, channel: WebhookChannel, endpoint: Endpoint, path: str
    ):
        told = self.asked(channel, endpoint, path)
        assert (told.result, told.reason) == (Result.PERMANENT, Reason.PROTOCOL)
        assert '{"challenge": …}' in told.detail

    @pytest.mark.parametrize(
        ("path", "result"),
        [
            ("status/500", Result.TRANSIENT),
            ("status/410", Result.PERMANENT),
            ("redirect", Result.TRANSIENT),
            ("reset", Result.UNKNOWN),
        ],
    )
    def test_anything_else_is_what_it_would_be_for_a_message(
        self, channel: WebhookChannel, endpoint: Endpoint, path: str, result: Result
    ):
        assert self.asked(channel, endpoint, path).result is result

    def test_cannot_be_signed_without_a_secret(self, channel: WebhookChannel, endpoint: Endpoint):
        told = channel.challenge(channel.parse_address(f"{endpoint.url}/echo"), (), "nonce-1")
        assert (told.reason, endpoint.received) == (Reason.AUTH, [])

    @staticmethod
    def asked(channel: WebhookChannel, endpoint: Endpoint, path: str) -> Outcome:
        address = channel.parse_address(f"{endpoint.url}/{path}")
        return channel.challenge(address, (SECRET,), "nonce-1")


class TestChannel:
    def test_keeps_both_contracts(self, channel: WebhookChannel):
        assert isinstance(channel, PushChannel)
        assert isinstance(channel, Verifies)
        channel.close()

    @pytest.mark.parametrize("wrong", [{"seconds": 0}, {"user_agent": "a\nb"}, {"retries": 3}])
    def test_settings_are_checked(self, wrong: dict[str, Any]):
        with pytest.raises(ValidationError):
            WebhookChannel.Config.model_validate(wrong)

    def test_wants_the_door_that_streams(self):
        with pytest.raises(TypeError, match="Door"):
            WebhookChannel(WebhookConfig(), a_host(None))  # type: ignore[arg-type]
