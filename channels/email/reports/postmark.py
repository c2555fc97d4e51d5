"""Postmark: signs nothing, but sends the user and password that are in the webhook's address."""

import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence

from channels.email.bounces.causes import Cause
from channels.email.reports.base import Forged, Hook, Report, judged, parsed

_KINDS = {
    "HardBounce": (Cause.USER_UNKNOWN, True),
    "BadEmailAddress": (Cause.USER_UNKNOWN, True),
    "SoftBounce": (Cause.MAILBOX_FULL, False),
    "Transient": (Cause.EXPIRED, False),
    "DnsError": (Cause.NETWORK_ERROR, False),
    "Blocked": (Cause.BLOCKED, False),
    "SpamNotification": (Cause.SPAM_DETECTED, False),
    "DMARCPolicy": (Cause.AUTH_FAILURE, False),
    "VirusNotification": (Cause.VIRUS_DETECTED, False),
}


class Postmark:
    """Reads `Bounce` and `SpamComplaint`; option `login`: `user:password` of the address."""

    def __init__(self, options: Mapping[str, str]) -> None:
        if ":" not in options.get("login", ""):
            raise ValueError("the option login is missing: user:password")
        self._proof = b"Basic " + b64encode(options["login"].encode())

    def read(self, hook: Hook) -> Sequence[Report]:
        given = hook.headers.get("authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._proof):
            raise Forged("user and password are not those of this webhook")
        told = parsed(hook.body)
        kind, words = str(told.get("Type") or ""), str(told.get("Details") or "")
        address = str(told.get("Email") or "")
        if told.get("RecordType") == "SpamComplaint" or kind == "SpamComplaint":
            return (Report(address, Cause.FEEDBACK, hard=False, words=words),)
        if told.get("RecordType") != "Bounce" or kind not in _KINDS:
            return ()
        otherwise, permanent = _KINDS[kind]
        if not permanent:
            return (Report(address, otherwise, hard=False, words=words),)
        cause, hard = judged(words, "", permanent=True, otherwise=otherwise)
        return (Report(address, cause, hard, words),)
