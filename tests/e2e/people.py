"""People by the thousand, written in three statements."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert

from service.db.unit_of_work import UnitOfWork
from service.subscribers.models import Address, Consent, Subscriber, Subscription, ZoneOrigin

ZONES = ("Europe/Paris", "America/New_York", "Asia/Tokyo", "Pacific/Auckland")


def follow(uow: UnitOfWork, page_id: int, numbers: Sequence[int]) -> None:
    """Let the people of these numbers follow a page by e-mail: p1@example.org, p2@…."""
    rows: dict[type[Any], list[dict[str, Any]]] = {
        Subscriber: [_subscriber(n) for n in numbers],
        Address: [_address(n) | {"verified_at": uow.now} for n in numbers],
        Subscription: [_subscription(n, page_id) | {"active_at": uow.now} for n in numbers],
    }
    for kind, given in rows.items():
        uow.session.execute(insert(kind), [each | {"created_at": uow.now} for each in given])


def _subscriber(n: int) -> dict[str, Any]:
    zone = ZONES[n % len(ZONES)]
    origin = ZoneOrigin.CHOSEN
    return {
        "id": n,
        "kind": "person",
        "locale": "en",
        "timezone": zone,
        "timezone_origin": origin,
    }


def _address(n: int) -> dict[str, Any]:
    value = f"p{n}@example.org"
    return {
        "id": n,
        "subscriber_id": n,
        "channel": "email",
        "key": value,
        "value": value,
        "shown": f"p…{n}@example.org",
        "lane": "example.org",
    }


def _subscription(n: int, page_id: int) -> dict[str, Any]:
    return {"id": n, "address_id": n, "page_id": page_id, "state": Consent.ACTIVE}
