"""The conformance suites of the channels that are extras: web push and Apprise."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02, b64urlencode

from channels.apprise import MOST, AppriseChannel
from channels.base import PushChannel, Reason, Result, Scope
from channels.conformance import EXPECTED, Manner, PushConformance, Seen, Verdict, verdict
from channels.peer import ANSWERS, Answer, Peer
from channels.short import Short
from channels.webpush import WebPushChannel

__all__ = ["TestApprise", "TestWebPush"]

BROWSER = ec.generate_private_key(ec.SECP256R1())


class TestWebPush(PushConformance):
    """Push services of browsers."""

    kind = WebPushChannel
    largest = 4_096
    refused_addresses = ("", "{}", "null", '{"endpoint": "https://example.org/"}', "nonsense", "[]")
    answers: ClassVar[Mapping[Manner, Answer]] = {**ANSWERS, Manner.OK: Answer(201)}

    def settings(self, base: str) -> Mapping[str, Any]:
        vapid = Vapid02()
        vapid.generate_keys()
        number = vapid.private_key.private_numbers().private_value
        key = b64urlencode(number.to_bytes(32, "big"))
        return {"private_key": key, "contact": "mailto:ops@example.org"}

    def address(self, base: str, manner: Manner) -> str:
        point = BROWSER.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": b64urlencode(point), "auth": b64urlencode(b"0123456789abcdef")}
        return json.dumps({"endpoint": f"{base}/push/manner-{manner}", "keys": keys})

    def identity(self, seen: Seen) -> object:
        return seen.headers["topic"]  # what replaces what

    def size(self, rendition: Any) -> int:
        return len(rendition["body"])


class TestApprise(PushConformance):
    """Targets that an operator named; Apprise's own JSON target stands for all."""

    kind = AppriseChannel
    largest = MOST + 2_000
    hears_pauses = False
    refused_addresses = ("", "nobody", "json://127.0.0.1/", "\x00")
    expected: ClassVar[Mapping[Manner, Verdict]] = {
        **dict.fromkeys(Manner, verdict(Result.UNKNOWN)),
        Manner.OK: EXPECTED[Manner.OK],
        Manner.HANG: verdict(Result.UNKNOWN, reasons=[Reason.TIMEOUT], scopes=[Scope.ADDRESS]),
    }

    def settings(self, base: str) -> Mapping[str, Any]:
        where = base.removeprefix("http://")
        named = (f"{each}=json://{where}/manner-{each}?rto=5&cto=5" for each in Manner)
        return {"targets": " ".join(named)}

    def address(self, base: str, manner: Manner) -> str:
        return str(manner)

    def size(self, rendition: Short) -> int:
        return len(rendition.text(MOST))

    def test_an_address_is_shown_masked(self, *_: Any) -> None:
        """A target's name is the operator's own, and no secret: its URL never leaves."""

    def test_secrets_stay_out_of_outcomes(self, *_: Any) -> None:
        """The same: an address is a word such as `ok`."""

    def test_no_redirect_is_followed(self, channel: PushChannel, peer: Peer) -> None:
        """It might lead inside, where a name was looked at and found to be public."""
        where = {"location": f"{peer.base(Manner.OK)}/manner-ok"}
        peer.answers = {**peer.answers, Manner.ERROR: Answer(307, b"", where)}
        (outcome,) = self._send(channel, [self._parcel(channel, peer, Manner.ERROR)])
        assert outcome.result is Result.UNKNOWN
        assert [seen.path for seen in peer.seen] == ["/manner-error"]
