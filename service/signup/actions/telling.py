"""What we know of a person, as a document for them to take along."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.pages import queries as pages
from service.signup import queries
from service.signup.queries import Received
from service.subscribers import queries as subscribers
from service.subscribers.audience import Audience
from service.subscribers.filters import SEVERITIES, Choice, names
from service.subscribers.models import Address, Moment, Subscriber, Subscription
from service.subscribers.preferences import choices, settings_of
from service.subscribers.targets import Target, target, target_of

LATELY = timedelta(days=90)


def document(session: Session, address_id: int, now: datetime) -> dict[str, Any]:
    """Return everything there is about the owner of an address, as JSON values.

    Raises `NotFound`.
    """
    address = subscribers.address(session, address_id)
    if address is None:
        raise NotFound("there is no such address")
    return of_subscriber(session, address.subscriber_id, now)


def of_subscriber(session: Session, subscriber_id: int, now: datetime) -> dict[str, Any]:
    """Return the same of a subscriber by number; raises `NotFound`."""
    person = session.get(Subscriber, subscriber_id)
    if person is None:
        raise NotFound("there is no such subscriber")
    told: dict[str, Any] = to_jsonable_python(
        {
            "exported_at": now,
            "subscriber": person.id,
            "created_at": person.created_at,
            "erased_at": person.erased_at,
            "settings": settings_of(person),
            "assigned": {
                "region": person.region,
                "group": person.group_name,
                "client": person.client,
                "party": person.party,
                "external_ref": person.external_ref,
            },
            "addresses": [
                _address(session, each, now)
                for each in subscribers.addresses_of(session, person.id)
            ],
        }
    )
    return told


def reasons(session: Session, each: Received) -> list[Target]:
    """The pages and lists by which somebody was meant to get a message."""
    targets = Audience.from_json(each.audience).targets
    chosen = (f"{kind}:{key}" for bit, (kind, key) in enumerate(targets) if each.matched >> bit & 1)
    return [found for key in chosen if (found := target(session, key))]


def _address(session: Session, address: Address, now: datetime) -> dict[str, Any]:
    held = subscribers.subscriptions(session, address.id)
    wanted = choices(session, held)
    return {
        "channel": address.channel,
        "address": address.value,
        "created_at": address.created_at,
        "verified_at": address.verified_at,
        "suppressed_at": address.suppressed_at,
        "suppressed_reason": address.suppressed_reason,
        "subscriptions": [_subscription(session, each, wanted[each.id]) for each in held],
        "requests": [
            {"at": each.at, "about": each.target, "network": each.network, "led_to": each.decision}
            for each in queries.requests_of(session, address.channel, address.key)
        ],
        "messages": [
            {
                "at": each.at,
                "title": {tongue: text["title"] for tongue, text in each.content["texts"].items()},
                "because": [found.slug for found in reasons(session, each)],
                "state": each.state,
                "reason": each.reason,
            }
            for each in queries.received(session, address.id, now - LATELY)
        ],
    }


def _subscription(session: Session, each: Subscription, wanted: Choice) -> dict[str, Any]:
    to = target_of(session, each)
    evidence = subscribers.records(session, each.id)
    return {
        "to": {"kind": to.kind, "slug": to.slug, "name": dict(to.name)},
        "state": each.state,
        "ended_reason": each.ended_reason,
        "created_at": each.created_at,
        "active_at": each.active_at,
        "ended_at": each.ended_at,
        "wants": _wants(session, to, wanted),
        "evidence": [
            {
                name: getattr(step, name)
                for name in (
                    "at", "action", "method", "target_version", "text", "locale", "ip", "agent",
                    "by", "message_id",
                )
            }
            for step in evidence
        ],
    }  # fmt: skip


def _wants(session: Session, to: Target, wanted: Choice) -> dict[str, Any]:
    if to.kind != "page":
        return {}
    return {
        "everything": wanted.everything,
        "sections": _slugs(pages.every_section(session, to.id), wanted.sections),
        "components": _slugs(pages.every_component(session, to.id), wanted.components),
        "events": sorted(wanted.events),
        "categories": names(wanted.categories),
        "minimum_severity": SEVERITIES[wanted.minimum_severity],
        "stages": names(wanted.moments, Moment),
    }


def _slugs(rows: Sequence[Any], chosen: frozenset[int]) -> list[str]:
    return [row.slug for row in rows if row.id in chosen]
