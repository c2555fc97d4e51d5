"""Turns a message into the JSON that endpoints receive, every language at once."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from channels.base import Link, Message, Text, Touched

SCHEMA_VERSION = 1  # grows only when a field changes its meaning; new fields do not count
LIMIT = 64 * 1024
TITLE = 200


def payload(message: Message) -> bytes:
    """Return *message* within 64 KiB: in full, else thin with its permanent link."""
    for make in (_full, _thin):
        body = encode(make(message))
        if len(body) <= LIMIT:
            return body
    return encode(_bare(message))


def challenge(nonce: str, timestamp: float) -> bytes:
    """Return what an endpoint must answer with the same *nonce*."""
    at = _instant(datetime.fromtimestamp(timestamp, UTC))
    return encode({"type": "endpoint.challenge", "timestamp": at, "data": {"challenge": nonce}})


def encode(content: Mapping[str, Any]) -> bytes:
    """Return *content* as compact JSON; half a surrogate pair becomes a question mark."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _bare(message: Message) -> dict[str, Any]:
    return {
        "type": message.type,
        "timestamp": _instant(message.published_at),
        "schema_version": SCHEMA_VERSION,
        "id": message.id,
        "subject": message.subject,
        "sequence": message.sequence,
        "test": message.test,
        "thin": True,
        "data": {},
        "links": _permanent(message),
    }


def _thin(message: Message) -> dict[str, Any]:
    titles = {locale: {"title": text.title[:TITLE]} for locale, text in message.texts.items()}
    data = _state(message) | {"texts": titles, "touched_count": len(message.touched)}
    return _bare(message) | {"source": dict(message.source), "data": data}


def _full(message: Message) -> dict[str, Any]:
    texts = {locale: _text(text) for locale, text in message.texts.items()}
    touched = [_touched(each) for each in message.touched]
    links = [_action(each) for each in message.links]
    return _bare(message) | {
        "source": dict(message.source),
        "thin": False,
        "data": _state(message) | {"texts": texts, "touched": touched},
        "links": _permanent(message) + links,
    }


def _state(message: Message) -> dict[str, Any]:
    return {
        "category": message.category,
        "stage": message.stage,
        "severity": message.severity,
        "starts_at": message.starts_at and _instant(message.starts_at),
        "ends_at": message.ends_at and _instant(message.ends_at),
    }


def _permanent(message: Message) -> list[dict[str, Any]]:
    return [{"rel": "self", "url": message.url}] if message.url else []


def _action(link: Link) -> dict[str, Any]:
    return {"rel": "action", "label": dict(link.label), "url": link.url}


def _text(text: Text) -> dict[str, str]:
    return {"title": text.title, "body": text.body}


def _touched(part: Touched) -> dict[str, Any]:
    return {
        "id": part.id,
        "name": dict(part.name),
        "state": part.state,
        "impact": dict(part.impact),
    }


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
