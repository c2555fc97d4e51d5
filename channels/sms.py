"""Text messages by any gateway that takes JSON over HTTP; each is sent at most once."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from channels.base import (
    Address,
    Host,
    Message,
    Outcome,
    Parcel,
    Reason,
    Refused,
    Result,
    Scope,
    Traits,
)
from channels.exchange import Failure, Reply
from channels.posting import Post, parse_url, post_all
from channels.replies import outcome
from channels.short import shorten

NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")  # E.164
BETWEEN = re.compile(r"[\s().-]+")
LONGEST = 459  # characters of three parts
FIRST_SERVER_ERROR = 500
REFUSES_US = (401, 403)


class SmsConfig(BaseModel):
    """The gateway, and what its fields are called."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    token: SecretStr = SecretStr("")  # sent as `authorization: Bearer …`
    sender: str = ""
    to_field: str = Field("to", pattern=r"^\w+$")
    text_field: str = Field("text", pattern=r"^\w+$")
    sender_field: str = Field("from", pattern=r"^\w+$")
    id_field: str = Field("reference", pattern=r"^\w+$")
    longest: int = Field(LONGEST, ge=70, le=1600)


class SmsChannel:
    """Sends each message as one text, cut so that its link stays."""

    Config: ClassVar[type[BaseModel]] = SmsConfig
    traits = Traits(bulk=False, repeatable=False, batch=16, per_lane=4)
    proves_by_code: ClassVar[bool] = True

    def __init__(self, config: SmsConfig, host: Host) -> None:
        self._config, self._host = config, host
        self._url = parse_url(host.http, config.url).value

    def parse_address(self, raw: str) -> Address:
        number = BETWEEN.sub("", raw)
        if number.startswith("00"):
            number = f"+{number[2:]}"
        if not NUMBER.fullmatch(number):
            detail = "write the number with its country, such as +33 6 12 34 56 78"
            raise Refused("address", "number", detail)
        return Address(number, number, f"{number[:4]}…{number[-2:]}", "gateway")

    def render(self, message: Message, locale: str, zone: str) -> str:
        """Return the text; never more than the operator pays for."""
        short = shorten(message, locale, zone, self._host, self._config.longest)
        return short.text(self._config.longest)

    def send(self, parcels: Sequence[Parcel], deadline: float) -> Iterator[Outcome]:
        return post_all(
            self._host.http, parcels, self._post, deadline, self.traits.per_lane, _reading
        )

    def close(self) -> None:
        """There is nothing to let go: the door belongs to the host."""

    def _post(self, parcel: Parcel) -> Post:
        if not isinstance(parcel.rendition, str):
            raise TypeError("a rendition of another channel")
        config = self._config
        fields = {
            config.to_field: parcel.address.value,
            config.text_field: parcel.rendition,
            config.id_field: parcel.id,
        }
        if config.sender:
            fields[config.sender_field] = config.sender
        token = config.token.get_secret_value()
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return Post(self._url, json.dumps(fields).encode(), headers)


def _reading(parcel: Parcel, came: Reply | Failure) -> Outcome:
    found = outcome(parcel, came)
    if isinstance(came, Failure):
        return found
    if came.status >= FIRST_SERVER_ERROR and found.reason is not Reason.THROTTLED:
        # It broke while it had the message: nobody knows whether a text went out.
        return replace(found, result=Result.UNKNOWN)
    if came.status in REFUSES_US:
        return replace(found, reason=Reason.AUTH, scope=Scope.INSTANCE)
    return found
