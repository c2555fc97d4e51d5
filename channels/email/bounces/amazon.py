"""Amazon SES tells by JSON what became of a mail, inside a mail when SNS sends by mail."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from channels.email.bounces.notices import Notice, Stage

_JSON = re.compile(r"\{.*\}", re.DOTALL)


def notices(text: str) -> Iterator[Notice]:
    """Yield what an SNS notification in *text* says about each recipient."""
    message = _message(text)
    bounce = _map(message.get("bounce"))
    for told in _maps(bounce.get("bouncedRecipients")):
        words = str(told.get("diagnosticCode") or "")
        yield Notice(
            str(told.get("emailAddress") or ""),
            words.partition(";")[2].strip() or words,
            str(told.get("status") or ""),
            str(told.get("action") or "failed"),
            Stage.RCPT if bounce.get("bounceType") == "Permanent" else Stage.UNSAID,
        )
    for address in _map(message.get("delivery")).get("recipients") or ():
        yield Notice(
            str(address), str(message["delivery"].get("smtpResponse") or ""), "2.0.0", "delivered"
        )


def complainants(text: str) -> list[str]:
    """The addresses that complained, by an SNS notification in *text*."""
    told = _map(_message(text).get("complaint")).get("complainedRecipients")
    return [str(one.get("emailAddress") or "") for one in _maps(told)]


def _message(text: str) -> Mapping[str, Any]:
    outer = _parsed(text)
    inner = outer.get("Message")
    return _parsed(inner) if isinstance(inner, str) else outer


def _parsed(text: str) -> Mapping[str, Any]:
    found = _JSON.search(text)
    if found is None:
        return {}
    # A mailer may have folded the long line: inside JSON strings no bare line feed is legal.
    try:
        return _map(json.loads(re.sub(r"\n ?", "", found[0])))
    except (ValueError, RecursionError):
        return {}


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _maps(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
