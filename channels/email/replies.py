"""Tells what a reply of an SMTP server means: a pure function from its words to a verdict.

The class of the code says how long a refusal lasts, never whose fault it is: on public corpora of
bounces "5xx means a dead address" is wrong two times out of three. So words come first, then the
enhanced status code (RFC 3463), then the phase in which the refusal came.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from channels.base import Reason, Result, Scope
from channels.email.bounces.codes import by_provider
from channels.email.bounces.judging import by_words, plain
from channels.email.signs import MEANINGS


class Phase(StrEnum):
    """What the server was answering."""

    GREETING = "greeting"  # the connection, EHLO and STARTTLS
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"  # the final dot


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, its lines joined by spaces."""

    code: int
    text: str

    @property
    def lasting(self) -> bool:
        """Whether the server means it for good (RFC 5321 §4.2.1)."""
        return self.code >= _FOR_GOOD

    @property
    def status(self) -> str:
        """The enhanced status code, or "" where there is none."""
        found = _STATUS.match(self.text)
        return found[1] if found else ""

    @property
    def shown(self) -> str:
        """The codes as the far side gave them: `550 5.1.1`."""
        return f"{self.code} {self.status}".rstrip()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a refusal comes to."""

    result: Result
    scope: Scope
    reason: Reason
    retry_after: float | None = None


CLOSING = 421  # RFC 5321 §3.8: whatever was asked, the server is hanging up
_FOR_GOOD = 500
_STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})\b")
_WAIT = re.compile(
    r"(?:try again|retry|wait|come back)\D{0,40}?(\d{1,5}) ?(s|min|h)", re.IGNORECASE
)
_UNITS = {"s": 1, "min": 60, "h": 3600}
_LONGEST_WAIT = 6 * 3600.0

# By enhanced status without its class: the most specific prefix wins.
_STATUSES: dict[str, tuple[Reason, Scope]] = {
    "1.1": (Reason.UNKNOWN_RECIPIENT, Scope.ADDRESS),
    "1.2": (Reason.BAD_DOMAIN, Scope.ADDRESS),
    "1.3": (Reason.UNKNOWN_RECIPIENT, Scope.ADDRESS),
    "1.6": (Reason.UNKNOWN_RECIPIENT, Scope.ADDRESS),  # moved, no forwarding address
    "1.7": (Reason.POLICY, Scope.INSTANCE),  # our own sender address
    "1.8": (Reason.POLICY, Scope.INSTANCE),
    "1.10": (Reason.BAD_DOMAIN, Scope.ADDRESS),  # null MX, RFC 7505
    "2.1": (Reason.MAILBOX_DISABLED, Scope.ADDRESS),
    "2.2": (Reason.MAILBOX_FULL, Scope.ADDRESS),
    "2.3": (Reason.TOO_LARGE, Scope.MESSAGE),
    "3.1": (Reason.THROTTLED, Scope.INSTANCE),
    "3.2": (Reason.THROTTLED, Scope.INSTANCE),
    "3.4": (Reason.TOO_LARGE, Scope.MESSAGE),
    "4": (Reason.UNREACHABLE, Scope.LANE),
    "4.4": (Reason.BAD_DOMAIN, Scope.ADDRESS),  # unable to route
    "4.5": (Reason.THROTTLED, Scope.LANE),
    "5": (Reason.PROTOCOL, Scope.INSTANCE),
    "5.3": (Reason.THROTTLED, Scope.LANE),  # too many recipients
    "6": (Reason.CONTENT, Scope.MESSAGE),
    "7": (Reason.POLICY, Scope.LANE),
    "7.8": (Reason.AUTH, Scope.INSTANCE),
    "7.9": (Reason.AUTH, Scope.INSTANCE),
    "7.13": (Reason.MAILBOX_DISABLED, Scope.ADDRESS),
    "7.17": (Reason.UNKNOWN_RECIPIENT, Scope.ADDRESS),  # the mailbox changed hands
}

# Where a server gives no enhanced status.
_CODES: dict[int, tuple[Reason, Scope]] = {
    421: (Reason.THROTTLED, Scope.LANE),
    450: (Reason.THROTTLED, Scope.LANE),
    451: (Reason.THROTTLED, Scope.LANE),
    452: (Reason.THROTTLED, Scope.LANE),
    523: (Reason.TOO_LARGE, Scope.MESSAGE),
    530: (Reason.AUTH, Scope.INSTANCE),
    535: (Reason.AUTH, Scope.INSTANCE),
    550: (Reason.REFUSED, Scope.ADDRESS),
    551: (Reason.UNKNOWN_RECIPIENT, Scope.ADDRESS),
    552: (Reason.MAILBOX_FULL, Scope.ADDRESS),
    553: (Reason.UNKNOWN_RECIPIENT, Scope.ADDRESS),
    556: (Reason.BAD_DOMAIN, Scope.ADDRESS),
}

# What matters to a delivery and to no bounce.
_SIGNS = (
    (re.compile(r"gr[ea]y ?-?list"), (Reason.THROTTLED, Scope.ADDRESS)),
    (
        re.compile(r"authentication (?:is )?required|must authenticate|not authenticated"),
        (Reason.AUTH, Scope.INSTANCE),
    ),
)
# Says that our reputation is bad today: it heals, so the refusal is not for good.
_HEALS = re.compile(r"block ?list|black ?list|\brbl\b|spamhaus|reputation|temporar", re.IGNORECASE)


def classify(reply: Reply, phase: Phase) -> Verdict:
    """Return what *reply*, a refusal given in *phase*, says and about whom."""
    reason, scope = _about(reply, phase)
    lasting = reply.lasting and reason is not Reason.THROTTLED
    if reason is Reason.POLICY and _HEALS.search(reply.text):
        lasting = False
    result = Result.PERMANENT if lasting else Result.TRANSIENT
    return Verdict(result, scope, reason, None if lasting else _wait(reply.text))


def _about(reply: Reply, phase: Phase) -> tuple[Reason, Scope]:
    if phase is Phase.AUTH:
        return Reason.AUTH, Scope.INSTANCE
    if phase is Phase.GREETING or (phase is Phase.MAIL and reply.code == CLOSING):
        return (Reason.POLICY if reply.lasting else Reason.THROTTLED), Scope.INSTANCE
    if told := _by_words(reply):
        return told
    if phase is Phase.MAIL:  # no recipient was named yet: it is about us
        return _by_status(reply, phase) or (Reason.POLICY, Scope.INSTANCE)
    known = _by_status(reply, phase) or _CODES.get(reply.code)
    return known or (Reason.REFUSED, Scope.ADDRESS)


def _by_words(reply: Reply) -> tuple[Reason, Scope] | None:
    words = plain(reply.text)
    for sign, meaning in _SIGNS:
        if sign.search(words):
            return meaning
    cause = by_provider(reply.text.lower()) or by_words(words, reply.status)
    return MEANINGS.get(cause) if cause else None


def _by_status(reply: Reply, phase: Phase) -> tuple[Reason, Scope] | None:
    detail = reply.status[2:]
    known = _STATUSES.get(detail) or _STATUSES.get(detail.partition(".")[0])
    if known and phase is Phase.MAIL and known[1] is not Scope.MESSAGE:
        return known[0], Scope.INSTANCE
    return known


def _wait(text: str) -> float | None:
    found = _WAIT.search(text)
    return min(float(found[1]) * _UNITS[found[2].lower()], _LONGEST_WAIT) if found else None
