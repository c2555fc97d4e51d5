"""Parcels as the service would hand them over."""

import time
from typing import Any

from channels.base import Outcome, Parcel
from channels.webhook import WebhookChannel
from tests.channels.endpoints import Endpoint
from tests.channels.samples import MESSAGE

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEWER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


def parcel(
    channel: WebhookChannel, url: str, *, attempt: int = 1, secrets: tuple[str, ...] = (SECRET,)
) -> Parcel:
    address = channel.parse_address(url)
    name = f"parcel_{url.partition('://')[2].partition('/')[2].replace('?', '_')}"
    return Parcel(name, attempt, address, channel.render(MESSAGE, "en", "UTC"), secrets=secrets)


def sent(channel: WebhookChannel, endpoint: Endpoint, path: str, **given: Any) -> Outcome:
    (told,) = channel.send([parcel(channel, f"{endpoint.url}/{path}", **given)], soon())
    return told


def soon() -> float:
    return time.monotonic() + 9
