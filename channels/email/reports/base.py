"""The contract with a provider whose webhooks report bounces and complaints.

A plugin is a class named by an entry point of the group `tocsin.reports`; it is built from its
options (`TOCSIN_REPORT_<NAME>_<FIELD>`) and reads one request at a time, without the network.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from channels.email.bounces.causes import HARD, Cause
from channels.email.bounces.judging import judge
from channels.email.bounces.notices import Notice, Stage
from channels.exchange import Request

FRESH = 300.0  # seconds that a signed request may be old


class Forged(ValueError):
    """A request does not prove that it comes from the provider."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One request as it came."""

    headers: Mapping[str, str]  # lower-case names
    body: bytes
    now: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one recipient."""

    address: str
    cause: Cause
    hard: bool
    words: str = ""
    return_path: str = ""  # the envelope sender the mail had, where the provider tells
    message_id: str = ""  # its Message-ID, likewise


class Reader(Protocol):
    """Reads one provider's webhooks."""

    def __init__(self, options: Mapping[str, str]) -> None: ...

    def read(self, hook: Hook) -> Sequence[Report]:
        """Return what *hook* reports, nothing where it is about something else; raises `Forged`."""
        ...


@runtime_checkable
class Confirms(Reader, Protocol):
    """A reader whose provider wants an answer before it reports anything."""

    def confirmation(self, hook: Hook) -> Request | None:
        """Return the request that says yes, None where *hook* asks nothing; raises `Forged`."""
        ...


def parsed(body: bytes) -> dict[str, Any]:
    """Return *body* as a JSON object; raises `Forged`: a provider sends nothing else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Forged("the body is no JSON") from None
    return within(found)


def within(value: object) -> dict[str, Any]:
    """Return *value* if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def judged(words: str, status: str, *, permanent: bool, otherwise: Cause) -> tuple[Cause, bool]:
    """Return cause and hardness by the far side's *words*; *otherwise* where they say nothing.

    What the provider calls temporary is never hard.
    """
    found = judge(Notice("", words, status, stage=Stage.RCPT))
    unclear = (Cause.UNDEFINED, Cause.ON_HOLD, Cause.EXPIRED)
    cause = otherwise if found.cause in unclear and permanent else found.cause
    return cause, permanent and cause in HARD
