"""Delivers messages to endpoints: addresses, one signed POST, what came of it."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from channels.base import Address, Host, Message, Outcome, Parcel, Reason, Result, Scope, Traits
from channels.outbound import Request
from channels.posting import streaming
from channels.replies import outcome
from channels.webhook.formats import MEDIA_TYPES, Bodies, Format
from channels.webhook.payload import challenge
from channels.webhook.proving import proof
from channels.webhook.signing import signed_headers


class WebhookConfig(BaseModel):
    """What an operator may set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float = Field(default=10.0, ge=1, le=30)  # one deadline over a whole request
    user_agent: str = Field(default="Tocsin", pattern=r"^[\x20-\x7e]{1,100}$")


class WebhookChannel:
    """Sends each message as one signed POST."""

    Config: ClassVar[type[BaseModel]] = WebhookConfig
    traits = Traits(bulk=False, repeatable=True, batch=32, per_lane=2)

    def __init__(self, config: WebhookConfig, host: Host) -> None:
        self._config, self._door = config, streaming(host.http)

    def parse_address(self, raw: str) -> Address:
        target = self._door.guard.check_url(raw.strip())
        return Address(target.url, target.url, f"{target.host}/…", target.host)

    def render(self, message: Message, locale: str, zone: str) -> Bodies:
        """Return *message* in every format: the same in every language and zone."""
        return Bodies.of(message)

    def send(self, parcels: Sequence[Parcel], deadline: float) -> Iterator[Outcome]:
        requests = []
        for parcel in parcels:
            try:
                requests.append(self._request(parcel))
            except (ValueError, TypeError) as error:
                yield _unsigned(parcel, error)
        for request, came in self._door.post_many(requests, deadline, self.traits.per_lane):
            yield outcome(request.tag, came)

    def challenge(self, address: Address, secrets: tuple[str, ...], nonce: str) -> Outcome:
        """Ask *address* to repeat *nonce*; SENT means that it did."""
        name = f"challenge_{hashlib.sha256(nonce.encode()).hexdigest()[:32]}"
        parcel = Parcel(name, 1, address, rendition=None, secrets=secrets)
        try:
            request = self._signed(parcel, challenge(nonce, time.time()), "application/json")
        except ValueError as error:
            return _unsigned(parcel, error)
        deadline = time.monotonic() + self._config.seconds
        ((_, came),) = self._door.post_many([request], deadline)
        return proof(parcel, came, nonce)

    def close(self) -> None:
        """Nothing of its own to let go: the door belongs to the host."""

    def _request(self, parcel: Parcel) -> Request:
        if not isinstance(parcel.rendition, Bodies):
            raise TypeError("the rendition is not one of this channel")
        style = Format(parcel.options.get("format", Format.STANDARD))
        slots = parcel.slots
        body = parcel.rendition.at_stage(style, slots.stage, slots.stages)
        return self._signed(parcel, body, MEDIA_TYPES[style])

    def _signed(self, parcel: Parcel, body: bytes, media_type: str) -> Request:
        headers = {"content-type": media_type, "user-agent": self._config.user_agent}
        headers |= signed_headers(parcel.secrets, parcel.id, int(time.time()), body)
        return Request(parcel.address.value, body, headers, self._config.seconds, parcel)


def _unsigned(parcel: Parcel, error: Exception) -> Outcome:
    # Worth another try: the secret may be replaced, and it is no fault of the endpoint.
    return Outcome(
        parcel, Result.TRANSIENT, Scope.ADDRESS, Reason.AUTH, "unsigned", f"not signed: {error}"
    )
