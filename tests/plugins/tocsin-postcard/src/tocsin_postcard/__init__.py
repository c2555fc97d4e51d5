"""Tells about incidents by postcard."""

import json
from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, SecretStr

from channels.base import Address, Host, Message, Outcome, Parcel, Traits
from channels.posting import Post, parse_url, post_all

LONGEST = 600  # characters that the far side takes


class Config(BaseModel):
    """What an operator may set: TOCSIN_CHANNEL_POSTCARD_TOKEN."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: SecretStr = SecretStr("")


class PostcardChannel:
    """Sends each message as one POST."""

    Config: ClassVar[type[BaseModel]] = Config
    # repeatable: the far side recognises a parcel's id, so that one whose fate is unknown may be
    # sent again. per_lane: requests in flight towards one host.
    traits = Traits(bulk=False, repeatable=True, batch=16, per_lane=2)

    def __init__(self, config: Config, host: Host) -> None:
        self._config, self._http = config, host.http

    def parse_address(self, raw: str) -> Address:
        """An address is the URL of a hook. Raises `Refused`; asks nobody."""
        return parse_url(self._http, raw)

    def render(self, message: Message, locale: str, zone: str) -> str:
        """Return the words: made once, the same for everybody with this language and zone."""
        text = message.text(locale)
        words = f"{text.title}\n\n{text.body}"[: LONGEST - len(message.url) - 2]
        return f"{words}\n\n{message.url}"

    def send(self, parcels: Sequence[Parcel], deadline: float) -> Iterator[Outcome]:
        """Make one attempt for each; what the far side said becomes an outcome."""
        return post_all(self._http, parcels, self._post, deadline, self.traits.per_lane)

    def close(self) -> None:
        """There is nothing to let go: the door belongs to Tocsin."""

    def _post(self, parcel: Parcel) -> Post:
        if not isinstance(parcel.rendition, str):
            raise TypeError("a rendition of another channel")
        body = json.dumps({"id": parcel.id, "text": parcel.rendition}).encode("utf-8", "replace")
        token = self._config.token.get_secret_value()
        return Post(parcel.address.value, body, {"authorization": f"Bearer {token}"})
