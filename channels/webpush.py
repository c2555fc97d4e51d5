"""Web push (RFC 8030, 8291, 8292): encrypted for one browser, signed as ours. Extra `webpush`."""

import base64
import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02, VapidException, b64urlencode
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pywebpush import WebPusher, WebPushException

from channels.base import Address, Host, Message, Outcome, Parcel, Reason, Refused, Result, Traits
from channels.exchange import Failure, Reply
from channels.posting import SECONDS, Post, parse_url, post_all
from channels.replies import outcome
from channels.short import shorten

LONGEST = 2800  # bytes: services take 4096 encrypted
LASTS = 86_400  # seconds that a push service keeps what a browser has not fetched
GONE = (404, 410)
WELCOME = "welcome"
URGENCY = {"critical": "high", "major": "high", "minor": "normal", "none": "low"}


class WebPushConfig(BaseModel):
    """Our key, and where a push service may complain."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    private_key: SecretStr  # 32 bytes, base64url: `vapid --gen`, or PEM without its lines
    contact: str = Field(pattern=r"^(mailto:.+@.+|https://.+)$")

    @field_validator("private_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        try:
            Vapid02.from_string(value.get_secret_value())
        except (ValueError, VapidException) as error:
            raise ValueError("expected a VAPID private key") from error
        return value


class WebPushChannel:
    """Sends each message to one browser; an address is what `pushManager.subscribe` gave."""

    Config: ClassVar[type[BaseModel]] = WebPushConfig
    # A topic replaces what the service still holds: the second of two is the only one seen.
    traits = Traits(bulk=False, repeatable=True, batch=32, per_lane=8)

    def __init__(self, config: WebPushConfig, host: Host) -> None:
        self._config, self._host = config, host
        self._vapid = Vapid02.from_string(config.private_key.get_secret_value())
        point = self._vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.application_server_key: str = b64urlencode(point)

    def parse_address(self, raw: str) -> Address:
        try:
            given = json.loads(raw)
            endpoint, keys = given["endpoint"], given["keys"]
            kept = {"endpoint": endpoint, "keys": {k: keys[k] for k in ("auth", "p256dh")}}
            hook = parse_url(self._host.http, endpoint)
            WebPusher(kept)
        except Refused:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Refused("address", "subscription", "not what a browser gives") from error
        except WebPushException as error:
            raise Refused("address", "subscription", "its keys are wrong") from error
        value = json.dumps(kept, sort_keys=True, separators=(",", ":"))
        return Address(hook.key, value, hook.shown, hook.lane)

    def render(self, message: Message, locale: str, zone: str) -> dict[str, Any]:
        """Return what the browser shows, and how the service is to treat it."""
        short = shorten(message, locale, zone, self._host, 400)
        shown = {
            "title": short.title[:120],
            "body": " — ".join(filter(None, (short.headline, short.body)))[:500],
            "url": short.url,
            "tag": message.subject[:100],
            "lang": locale,
        }
        topic = hashlib.sha256(message.subject.encode("utf-8", "replace")).digest()[:24]
        return {
            "body": json.dumps(shown, ensure_ascii=False).encode("utf-8", "replace")[:LONGEST],
            "topic": base64.urlsafe_b64encode(topic).decode(),  # 32 characters at most
            "urgency": URGENCY.get(message.severity, "normal"),
        }

    def send(self, parcels: Sequence[Parcel], deadline: float) -> Iterator[Outcome]:
        return post_all(
            self._host.http, parcels, self._post, deadline, self.traits.per_lane, _reading
        )

    def challenge(self, address: Address, secrets: tuple[str, ...], nonce: str) -> Outcome:
        """Greet the browser; SENT means that its push service took it.

        Nobody but the browser can have made its keys, so to hold them is the proof.
        """
        rendition = {
            "body": json.dumps(
                {
                    "title": urlsplit(self._host.public_url).hostname,
                    "body": "Notifications ✓",
                    "url": self._host.public_url,
                    "tag": "welcome",
                }
            ).encode(),
            "topic": WELCOME,
            "urgency": "normal",
        }
        name = f"challenge_{hashlib.sha256(nonce.encode()).hexdigest()[:32]}"
        parcel = Parcel(name, 1, address, rendition)
        (told,) = self.send([parcel], time.monotonic() + SECONDS)
        return told

    def close(self) -> None:
        """There is nothing to let go: the door belongs to the host."""

    def _post(self, parcel: Parcel) -> Post:
        if not isinstance(parcel.rendition, dict):
            raise TypeError("a rendition of another channel")
        subscription = json.loads(parcel.address.value)
        where = urlsplit(subscription["endpoint"])
        sealed = WebPusher(subscription).encode(parcel.rendition["body"])
        claims = {"sub": self._config.contact, "aud": f"{where.scheme}://{where.netloc}"}
        headers = {
            "content-type": "application/octet-stream",
            "content-encoding": "aes128gcm",
            "ttl": str(LASTS),
            "topic": parcel.rendition["topic"],
            "urgency": parcel.rendition["urgency"],
            **{name.lower(): value for name, value in self._vapid.sign(claims).items()},
        }
        return Post(subscription["endpoint"], sealed["body"], headers)


def _reading(parcel: Parcel, came: Reply | Failure) -> Outcome:
    found = outcome(parcel, came)
    if isinstance(came, Reply) and came.status in GONE:
        return replace(found, result=Result.PERMANENT, reason=Reason.GONE)
    return found
