"""The channel, on a door that may go to the endpoint."""

import pytest

from channels.outbound import Door
from channels.webhook import WebhookChannel
from channels.webhook.channel import WebhookConfig
from tests.channels.samples import a_host


@pytest.fixture
def channel(door: Door) -> WebhookChannel:
    return WebhookChannel(WebhookConfig(), a_host(door))
