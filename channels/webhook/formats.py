"""The same message in words other programs know: CloudEvents, and Statuspage's webhooks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from channels.base import Message, Touched
from channels.webhook.payload import LIMIT, ROOM, content, encode, payload

#: Statuspage's words for ours; a component under maintenance is named after it.
COMPONENT_STATUS = {
    "operational": "operational",
    "maintenance": "under_maintenance",
    "minor_disruption": "degraded_performance",
    "major_disruption": "partial_outage",
    "down": "major_outage",
}
INDICATORS = {"none": "none", "minor": "minor", "major": "major", "critical": "critical"}
TEXT = 4000  # characters of a text in a shape that cannot be thinned any other way
TOUCHED = 100
ENVELOPE = 4096  # bytes that the words of CloudEvents may take


class Format(StrEnum):
    """How an endpoint wants to be told."""

    STANDARD = "standard"
    CLOUDEVENTS = "cloudevents"
    STATUSPAGE = "statuspage"


MEDIA_TYPES = {
    Format.STANDARD: "application/json",
    Format.CLOUDEVENTS: "application/cloudevents+json",
    Format.STATUSPAGE: "application/json",
}


def cloudevents(message: Message) -> bytes:
    """Return *message* as a CloudEvent 1.0 in structured mode; its data is the standard body."""
    return _enveloped(content(message, LIMIT - ROOM - ENVELOPE), message.url)


def statuspage(message: Message) -> bytes:
    """Return *message* as Statuspage's webhooks say it: an incident, its one update, components."""
    for touched in (TOUCHED, 0):
        body = encode(_statuspage(message, message.touched[:touched]))
        if len(body) <= LIMIT:
            return body
    return encode(_statuspage(message, (), TEXT // 10))


def notified(body: Mapping[str, Any], style: Format) -> bytes:
    """Return a notice in *style*; Statuspage has no word for it, so it gets the standard one."""
    return _enveloped(body, "") if style is Format.CLOUDEVENTS else encode(body)


def _enveloped(body: Mapping[str, Any], url: str) -> bytes:
    return encode(
        {
            "specversion": "1.0",
            "id": body["id"],
            "source": url or "urn:tocsin",
            "type": f"org.tocsin.{body['type']}",
            "subject": body["subject"],
            "time": body["timestamp"],
            "datacontenttype": "application/json",
            "data": body,
        }
    )


def _statuspage(
    message: Message, touched: tuple[Touched, ...], longest: int = TEXT
) -> dict[str, Any]:
    at = _milliseconds(message.published_at)
    text = message.text("en")
    update = {
        "id": message.id,
        "incident_id": message.subject.partition(":")[2] or message.subject,
        "status": message.stage,
        "body": text.body[:longest],
        "created_at": at,
        "updated_at": at,
        "display_at": at,
    }
    return {
        "meta": {"unsubscribe": "", "documentation": "", "generated_at": at},
        "page": {
            "id": message.sender.list_id or "",
            "status_indicator": INDICATORS.get(message.severity, "none"),
            "status_description": text.title[:longest],
        },
        "incident": {
            "id": update["incident_id"],
            "name": text.title[:longest],
            "status": message.stage,
            "impact": INDICATORS.get(message.severity, "none"),
            "shortlink": message.url,
            "created_at": at,
            "updated_at": at,
            "scheduled_for": message.starts_at and _milliseconds(message.starts_at),
            "scheduled_until": message.ends_at and _milliseconds(message.ends_at),
            "incident_updates": [update],
            "components": [_component(each) for each in touched],
        },
    }


def _component(part: Touched) -> dict[str, str]:
    name = part.name.get("en") or next(iter(part.name.values()), "")
    return {
        "id": part.id,
        "name": name[:200],
        "status": COMPONENT_STATUS.get(part.state, "operational"),
    }


def _milliseconds(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


#: What a body ends with behind the members of the standard one; Statuspage knows no rollouts.
_CLOSING = {Format.STANDARD: b"}", Format.CLOUDEVENTS: b"}}"}


@dataclass(frozen=True, slots=True)
class Bodies:
    """One message in every format: rendered once, whoever reads."""

    standard: bytes
    cloudevents: bytes
    statuspage: bytes

    @classmethod
    def of(cls, message: Message) -> Self:
        """Write *message* in every format."""
        return cls(payload(message), cloudevents(message), statuspage(message))

    @classmethod
    def of_notice(cls, body: Mapping[str, Any]) -> Self:
        """Write a notice in every format."""
        return cls(**{each.value: notified(body, each) for each in Format})

    def in_format(self, style: Format) -> bytes:
        """Return the bytes in *style*."""
        body: bytes = getattr(self, style.value)
        return body

    def at_stage(self, style: Format, stage: int, stages: int) -> bytes:
        """Return the bytes in *style*, saying how far the rollout is that brings them."""
        body = self.in_format(style)
        closing = _CLOSING.get(style)
        if not stages or closing is None:
            return body
        rollout = b',"rollout":{"stage":%d,"of":%d}' % (stage, stages)
        return body.removesuffix(closing) + rollout + closing
