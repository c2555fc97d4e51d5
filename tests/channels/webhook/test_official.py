"""Real deliveries, verified by the official libraries of two languages."""

import json

import pytest

from channels.webhook import WebhookChannel
from tests.channels.endpoints import Endpoint
from tests.channels.webhook.parcels import NEWER, SECRET, sent


@pytest.mark.npm
class TestNpm:
    @pytest.mark.parametrize("secret", [SECRET, NEWER])
    def test_verifies_a_delivery_signed_with_both(
        self, channel: WebhookChannel, endpoint: Endpoint, npm, secret: str
    ):
        sent(channel, endpoint, "ok", secrets=(NEWER, SECRET))
        (got,) = endpoint.received
        given = {"secret": secret, "headers": got.headers, "body": got.body.decode()}
        assert npm("webhook.mjs", json.dumps(given).encode()) == {"type": "incident.created"}

    def test_refuses_a_changed_one(self, channel: WebhookChannel, endpoint: Endpoint, npm):
        sent(channel, endpoint, "ok")
        (got,) = endpoint.received
        given = {"secret": SECRET, "headers": got.headers, "body": got.body.decode() + " "}
        assert "error" in npm("webhook.mjs", json.dumps(given).encode())
