"""Signs and verifies as Standard Webhooks 1.0 does with shared secrets (`v1`)."""

import binascii
import hmac
import secrets as entropy
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence

PREFIX = "whsec_"
BYTES = 32  # the specification wants 24 to 64
TOLERANCE = 300.0  # seconds between two clocks


class BadSignature(ValueError):
    """A webhook that is not proven to come from whoever knows the secret."""


def new_secret() -> str:
    """Return a fresh secret, as it is shown to the owner of an endpoint."""
    return PREFIX + b64encode(entropy.token_bytes(BYTES)).decode("ascii")


def sign(secret: str, id: str, timestamp: int, body: bytes) -> str:  # noqa: A002 - the spec's word
    """Return the signature of *body* sent as *id* at *timestamp*; raises ValueError."""
    signed = b"%b.%d.%b" % (id.encode(), timestamp, body)
    return "v1," + b64encode(hmac.digest(_key(secret), signed, "sha256")).decode("ascii")


def signed_headers(
    secrets: Sequence[str], parcel: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Return the three headers; *secrets* newest first, one signature for each."""
    if not secrets:
        raise ValueError("no secret to sign with")
    return {
        "webhook-id": parcel,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(each, parcel, timestamp, body) for each in secrets),
    }


def verify(
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: float | None = None,
    tolerance: float = TOLERANCE,
) -> None:
    """Return if one of *secrets* signed *body* lately; raises `BadSignature`."""
    given = {name.lower(): value for name, value in headers.items()}
    missing = {"webhook-id", "webhook-timestamp", "webhook-signature"} - given.keys()
    if missing:
        raise BadSignature(f"missing {', '.join(sorted(missing))}")
    timestamp = _timestamp(given["webhook-timestamp"])
    if abs((time.time() if now is None else now) - timestamp) > tolerance:
        raise BadSignature("the timestamp is too old or too new")
    offered = [each.encode() for each in given["webhook-signature"].split()]
    for secret in secrets:
        expected = sign(secret, given["webhook-id"], timestamp, body).encode()
        if any(hmac.compare_digest(expected, each) for each in offered):
            return
    raise BadSignature("no signature matches")


def _timestamp(raw: str) -> int:
    if not (raw.isascii() and raw.isdigit()):
        raise BadSignature("the timestamp is not a number of seconds")
    return int(raw)


def _key(secret: str) -> bytes:
    encoded = secret.removeprefix(PREFIX)
    try:  # some libraries hand secrets out without padding
        key = b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("a secret is not base64") from error
    if not key:
        raise ValueError("a secret is empty")
    return key
