"""Mailgun: an HMAC over a time and a token, with the account's signing key."""

import hmac
from collections.abc import Mapping, Sequence

from channels.email.bounces.causes import Cause
from channels.email.reports.base import FRESH, Forged, Hook, Report, judged, parsed, within


class Mailgun:
    """Reads the events `failed` and `complained`; option `key`: the HTTP signing key."""

    def __init__(self, options: Mapping[str, str]) -> None:
        if not options.get("key"):
            raise ValueError("the option key is missing: the HTTP webhook signing key")
        self._key = options["key"].encode()

    def read(self, hook: Hook) -> Sequence[Report]:
        told = parsed(hook.body)
        self._check(within(told.get("signature")), hook)
        event = within(told.get("event-data"))
        kind = event.get("event")
        if kind not in ("failed", "complained"):
            return ()
        status = within(event.get("delivery-status"))
        words = str(status.get("message") or status.get("description") or event.get("reason") or "")
        code = str(status.get("enhanced-code") or "")
        permanent = event.get("severity") == "permanent"
        cause, hard = judged(words, code, permanent=permanent, otherwise=Cause.UNDEFINED)
        headers = within(within(event.get("message")).get("headers"))
        if kind == "complained":
            cause, hard = Cause.FEEDBACK, False
        return (
            Report(
                address=str(event.get("recipient") or ""),
                cause=cause,
                hard=hard,
                words=words,
                return_path=str(within(event.get("envelope")).get("sender") or ""),
                message_id=str(headers.get("message-id") or ""),
            ),
        )

    def _check(self, signature: Mapping[str, object], hook: Hook) -> None:
        stamp, token = str(signature.get("timestamp") or ""), str(signature.get("token") or "")
        proof = hmac.new(self._key, f"{stamp}{token}".encode(), "sha256").hexdigest()
        if not hmac.compare_digest(proof.encode(), str(signature.get("signature") or "").encode()):
            raise Forged("the signature is not the account's")
        if not stamp.isdecimal() or abs(hook.now.timestamp() - int(stamp)) > FRESH:
            raise Forged("the request is too old")
