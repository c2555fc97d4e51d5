"""Turns a message into the JSON that endpoints receive, every language at once."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from channels.base import Link, Message, Text, Touched

SCHEMA_VERSION = 1  # grows only when a field changes its meaning; new fields do not count
LIMIT = 64 * 1024
ROOM = 64  # bytes left for how far a rollout is
TITLE = 200


def payload(message: Message) -> bytes:
    """Return *message* within 64 KiB: in full, else thin with its permanent link."""
    return encode(content(message))


def content(message: Message, limit: int = LIMIT - ROOM) -> dict[str, Any]:
    """Return what `payload` encodes, within *limit* bytes."""
    for make in (_full, _thin):
        made = make(message)
        if len(encode(made)) <= limit:
            return made
    return _bare(message)


def notice(
    kind: str, name: str, at: datetime, subject: str, data: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what is told of *subject* that is no message to subscribers: a test, a decision."""
    return {
        "type": kind,
        "timestamp": instant(at),
        "schema_version": SCHEMA_VERSION,
        "id": name,
        "subject": subject,
        "data": dict(data),
    }


def challenge(nonce: str, timestamp: float) -> bytes:
    """Return what an endpoint must answer with the same *nonce*."""
    at = instant(datetime.fromtimestamp(timestamp, UTC))
    return encode({"type": "endpoint.challenge", "timestamp": at, "data": {"challenge": nonce}})


def encode(content: Mapping[str, Any]) -> bytes:
    """Return *content* as compact JSON; half a surrogate pair becomes a question mark."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _bare(message: Message) -> dict[str, Any]:
    return {
        "type": message.type,
        "timestamp": instant(message.published_at),
        "schema_version": SCHEMA_VERSION,
        "id": message.id,
        "subject": message.subject,
        "sequence": message.sequence,
        "test": message.test,
        "thin": True,
        "page": {},
        "data": {},
        "links": _permanent(message),
    }


def _thin(message: Message) -> dict[str, Any]:
    titles = {locale: {"title": text.title[:TITLE]} for locale, text in message.texts.items()}
    data = _state(message) | {"texts": titles, "touched_count": len(message.touched)}
    return _bare(message) | {"page": _page(message), "data": data}


def _full(message: Message) -> dict[str, Any]:
    texts = {locale: _text(text) for locale, text in message.texts.items()}
    touched = [_touched(each) for each in message.touched]
    links = [_action(each) for each in message.links]
    return _bare(message) | {
        "page": _page(message),
        "thin": False,
        "data": _state(message) | {"texts": texts, "touched": touched},
        "links": _permanent(message) + links,
    }


def _state(message: Message) -> dict[str, Any]:
    return {
        "category": message.category,
        "stage": message.stage,
        "severity": message.severity,
        "starts_at": message.starts_at and instant(message.starts_at),
        "ends_at": message.ends_at and instant(message.ends_at),
    }


def _page(message: Message) -> dict[str, Any]:
    return {"name": dict(message.source)}


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


def instant(moment: datetime) -> str:
    """Return *moment* as RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
