"""Every type of event that endpoints are told, with its JSON Schema and one example."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from channels.base import Message, Sender, Text, Touched
from channels.webhook.payload import SCHEMA_VERSION, content, notice

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of event; told to subscribers, or to operators' own endpoints."""

    type: str
    says: str
    category: str = ""
    stage: str = ""
    state: str = "operational"
    for_operators: bool = False


def _told(category: str, *rows: tuple[str, str, str, str]) -> Iterator[Kind]:
    for verb, stage, state, says in rows:
        yield Kind(f"{category}.{verb}", says, category, stage, state)


def _operators(noun: str, *rows: tuple[str, str]) -> Iterator[Kind]:
    for verb, says in rows:
        yield Kind(f"{noun}.{verb}", says, for_operators=True)


KINDS: Mapping[str, Kind] = {
    kind.type: kind
    for kind in (
        Kind("component.status_changed", "A component changed its state.", "component", "", "down"),
        *_told(
            "incident",
            ("created", "investigating", "major_disruption", "An incident was opened."),
            ("updated", "monitoring", "minor_disruption", "There is news of an incident."),
            ("resolved", "resolved", "operational", "An incident is over."),
            ("retracted", "retracted", "operational", "An incident was announced by mistake."),
            ("postmortem_published", "resolved", "operational", "What was learnt is told."),
        ),
        *_told(
            "maintenance",
            ("scheduled", "scheduled", "maintenance", "A maintenance was announced."),
            ("rescheduled", "scheduled", "maintenance", "A maintenance has new times."),
            ("reminder", "scheduled", "maintenance", "A maintenance is about to begin."),
            ("started", "in_progress", "maintenance", "A maintenance has begun."),
            ("updated", "in_progress", "maintenance", "There is news of a maintenance."),
            ("completed", "completed", "operational", "A maintenance is over."),
            ("cancelled", "cancelled", "operational", "A maintenance will not take place."),
        ),
        *_told(
            "action_required",
            ("published", "published", "operational", "Readers have something to do."),
            ("updated", "published", "operational", "What readers have to do has changed."),
            ("closed", "closed", "operational", "Nothing is left to do."),
        ),
        *_told(
            "announcement",
            ("published", "published", "operational", "Something was announced."),
            ("retracted", "retracted", "operational", "An announcement no longer holds."),
        ),
        *_told(
            "general_message",
            ("published", "published", "operational", "A message about a whole page."),
            ("ended", "closed", "operational", "A message about a whole page no longer holds."),
        ),
        Kind("message.published", "A message to a list.", "message"),
        *_operators(
            "publication",
            ("held", "A publication waits for a moderator."),
            ("reminded", "A publication still waits: its moderators were reminded."),
            ("escalated", "A publication still waits: the backup was asked as well."),
            ("approved", "A publication may leave."),
            ("rejected", "A publication was refused."),
            ("discarded", "A publication was thrown away."),
            ("withdrawn", "A publication was taken back by its author."),
            ("replaced", "A newer version took a publication's place."),
            ("reopened", "An approval was undone: the publication is held again."),
            ("expired", "A publication was not decided in time."),
        ),
        *_operators(
            "rollout",
            ("planned", "A rollout has its stages and its hours."),
            ("started", "A publication began to leave."),
            ("advanced", "A gate let the next stage of a rollout open."),
            ("warned", "Something about a rollout should be looked at; it goes on."),
            ("held", "A gate holds a rollout back."),
            ("paused", "A rollout was paused, by somebody or by a gate."),
            ("overridden", "Somebody opened what a gate held."),
            ("resumed", "A rollout goes on."),
            ("replanned", "The hours of a rollout were worked out anew."),
            ("troubled", "Somebody said that a rollout is in trouble; nothing was stopped."),
            ("acknowledged", "Somebody took a rollout's trouble on."),
            ("signalled", "A number was pushed to a rollout's gates."),
            ("corrected", "Those a rollout reached get a correction."),
            ("retracted", "What a rollout told was taken off pages and feeds."),
            ("recalled", "An approval was taken back before anything left."),
            ("aborted", "A rollout was ended early."),
            ("expired", "A rollout ended because its publication expired."),
            ("completed", "Everybody of a rollout was written to."),
        ),
        *_operators(
            "subscriber",
            ("joined", "Somebody accepted a subscription."),
            ("left", "Somebody left."),
            ("changed", "Somebody changed how they are written to."),
        ),
        *_operators(
            "endpoint",
            ("registered", "An endpoint was put forward."),
            ("degraded", "An endpoint fails."),
            ("suspended", "An endpoint failed for so long that it is told nothing any more."),
            ("resumed", "An endpoint is told again."),
            ("gone", "An endpoint said that it will never come back."),
        ),
        Kind("endpoint.test", "A test that somebody asked for.", for_operators=True),
        Kind("delivery.exhausted", "Deliveries whose last retry failed.", for_operators=True),
    )
}  # fmt: skip


def example_message(kind: Kind) -> Message:
    """Return a message of *kind* as a subscriber's endpoint might be told."""
    is_planned = kind.category == "maintenance"
    touched = Touched(
        "cmp_webmail", {"en": "Webmail", "fr": "Webmail"}, kind.state, {"en": "No mail is read."}
    )
    return Message(
        id="k2j3h4g5f6d7",
        type=kind.type,
        category=kind.category,
        stage=kind.stage,
        severity="none" if kind.state in ("operational", "maintenance") else "major",
        texts={
            "en": Text(kind.says.rstrip("."), f"{kind.says} This is an example."),
            "fr": Text("Exemple", "Ceci est un exemple."),
        },
        sender=Sender("Status", "status@example.org"),
        source={"en": "Mail", "fr": "Courriel"},
        url="https://status.example.org/mail/events/e9f8g7h6",
        subject="list:informations" if kind.category == "message" else "event:e9f8g7h6",
        sequence=2,
        published_at=AT,
        starts_at=AT + timedelta(days=1) if is_planned else AT,
        ends_at=AT + timedelta(days=1, hours=2) if is_planned else None,
        touched=() if kind.category in ("message", "general_message") else (touched,),
        test=True,
    )


def example(kind: Kind) -> dict[str, Any]:
    """Return the standard body of an event of *kind*."""
    if kind.for_operators:
        noun = kind.type.partition(".")[0]
        detail = {"by": "staff:1", "detail": {"comment": "an example"}}
        return notice(kind.type, "op_1", AT, f"{noun}:k2j3h4g5f6d7", detail)
    return content(example_message(kind))


def examples_of(kind: Kind) -> Message | dict[str, Any]:
    """Return what a test delivery of *kind* is made of."""
    return example(kind) if kind.for_operators else replace(example_message(kind), test=True)


def schema(kind: Kind) -> dict[str, Any]:
    """Return the JSON Schema of the standard body; fields may be added, never change meaning."""
    required = ["type", "timestamp", "schema_version", "id", "subject", "data"]
    properties: dict[str, Any] = {
        "type": {"const": kind.type},
        "timestamp": _INSTANT,
        "schema_version": {"const": SCHEMA_VERSION},
        "id": {"type": "string", "minLength": 1},
        "subject": {"type": "string", "pattern": "^[a-z_]+:"},
        "data": _NOTICE if kind.for_operators else _STATE,
    }
    if not kind.for_operators:
        required += ["sequence", "test", "thin", "page", "links"]
        properties |= _TOLD
    return {
        "$schema": DIALECT,
        "title": kind.type,
        "description": kind.says,
        "type": "object",
        "required": required,
        "properties": properties,
    }


_INSTANT = {"type": "string", "format": "date-time", "pattern": "Z$"}
_MAYBE = {"anyOf": [_INSTANT, {"type": "null"}]}
_BY_LANGUAGE = {"type": "object", "additionalProperties": {"type": "string"}}
_NOTICE = {
    "type": "object",
    "required": ["by", "detail"],
    "properties": {"by": {"type": "string"}, "detail": {"type": "object"}},
}
_STATE = {
    "type": "object",
    "description": "Empty in the thinnest form; without texts' bodies and `touched` in a thin one.",
    "properties": {
        "category": {"type": "string"},
        "stage": {"type": "string"},
        "severity": {"enum": ["none", "minor", "major", "critical"]},
        "starts_at": _MAYBE,
        "ends_at": _MAYBE,
        "texts": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["title"],
                "properties": {
                    "title": {"type": "string"},
                    "body": {"type": "string", "description": "Markdown without HTML."},
                },
            },
        },
        "touched_count": {"type": "integer", "minimum": 0},
        "touched": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "name", "state"],
                "properties": {
                    "id": {"type": "string"},
                    "name": _BY_LANGUAGE,
                    "state": {
                        "enum": [
                            "operational", "maintenance", "minor_disruption", "major_disruption",
                            "down",
                        ]
                    },
                    "impact": _BY_LANGUAGE,
                },
            },
        },
    },
}  # fmt: skip
_TOLD = {
    "rollout": {
        "type": "object",
        "description": "How far the audience had grown; only in what a rollout brings.",
        "required": ["stage", "of"],
        "properties": {
            "stage": {"type": "integer", "minimum": 1},
            "of": {"type": "integer", "minimum": 1},
        },
    },
    "sequence": {"type": "integer", "minimum": 1, "description": "Grows with each of a subject."},
    "test": {"type": "boolean"},
    "thin": {"type": "boolean", "description": "Too large to be told in full: see the link."},
    "page": {"type": "object", "properties": {"name": _BY_LANGUAGE}},
    "links": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["rel", "url"],
            "properties": {
                "rel": {"enum": ["self", "action"]},
                "url": {"type": "string", "format": "uri"},
                "label": _BY_LANGUAGE,
            },
        },
    },
}
