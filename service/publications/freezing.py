"""Content as a document and back, and the hash that binds an approval to what is sent."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from channels.base import Message
from service.publications.models import Publication

_MESSAGE = TypeAdapter(Message)


def freeze(message: Message) -> dict[str, Any]:
    """Return *message* as a document of JSON values."""
    document: dict[str, Any] = json.loads(json.dumps(asdict(message), default=_plain))
    return document


def thaw(document: Mapping[str, Any]) -> Message:
    """Return the message that `freeze` made *document* of."""
    return _MESSAGE.validate_python(document)


def digest(*documents: Mapping[str, Any]) -> str:
    """Return the SHA-256 of *documents* in canonical form: what was approved is what is sent."""
    text = json.dumps(documents, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def is_as_approved(publication: Publication) -> bool:
    """Whether what is to be sent, to whom and how, still is what the hash was made of."""
    parts = (publication.content, publication.audience, publication.plan)
    return digest(*parts) == publication.hash


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a message")
