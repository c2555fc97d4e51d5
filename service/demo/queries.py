"""Writes the sample subscribers, a few statements for all of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from service.db.base import Base
from service.demo.people import Person, Standing, Wish
from service.lists.models import MailingList
from service.pages.models import Component, Page
from service.subscribers.models import (
    Address,
    Consent,
    ConsentRecord,
    EndReason,
    Kind,
    Method,
    Step,
    SubscribedComponent,
    Subscriber,
    Subscription,
    Suppression,
    ZoneOrigin,
)

Rows = list[dict[str, Any]]


def components_of(session: Session, page: str) -> Sequence[str]:
    """The slugs of a page's components."""
    wanted = (
        select(Component.slug).join(Page, Page.id == Component.page_id).where(Page.slug == page)
    )
    return session.scalars(wanted.order_by(Component.slug)).all()


def list_slugs(session: Session) -> Sequence[str]:
    """The slugs of the mailing lists."""
    return session.scalars(select(MailingList.slug).order_by(MailingList.slug)).all()


def add_people(session: Session, people: Sequence[Person], now: datetime) -> None:
    """Store *people* with their consents, given some time before *now*."""
    since = now - timedelta(days=200)
    known = _Names(session)
    tables: tuple[type[Base], ...] = (Subscriber, Address, Subscription)
    first = {table: _first(session, table) for table in tables}
    numbered = list(enumerate(people))
    session.execute(
        insert(Subscriber),
        [_subscriber(first[Subscriber] + n, person, now, since) for n, person in numbered],
    )
    session.execute(
        insert(Address),
        [
            _address(first[Address] + n, first[Subscriber] + n, person, now, since)
            for n, person in numbered
        ],
    )
    _subscribe(session, known, first, numbered, since)


def _subscribe(
    session: Session,
    known: "_Names",
    first: Mapping[type[Base], int],
    people: Sequence[tuple[int, Person]],
    since: datetime,
) -> None:
    subscriptions: Rows = []
    followed: Rows = []
    evidence: Rows = []
    number = count(first[Subscription])
    for n, person in people:
        for wish, key in zip(person.wishes, number, strict=False):
            subscriptions.append(_subscription(key, first[Address] + n, person, wish, known, since))
            followed += [
                {"subscription_id": key, "component_id": known.components[wish.target.slug, slug]}
                for slug in wish.components
            ]
            evidence += _evidence(key, person, since)
    session.execute(insert(Subscription), subscriptions)
    session.execute(insert(ConsentRecord), evidence)
    if followed:
        session.execute(insert(SubscribedComponent), followed)


class _Names:
    """Ids by slug."""

    def __init__(self, session: Session) -> None:
        self.targets = {
            ("page", slug): key for slug, key in session.execute(select(Page.slug, Page.id))
        } | {
            ("list", slug): key
            for slug, key in session.execute(select(MailingList.slug, MailingList.id))
        }
        inside = select(Page.slug, Component.slug, Component.id).join(
            Page, Page.id == Component.page_id
        )
        self.components = {(page, slug): key for page, slug, key in session.execute(inside)}


def _first(session: Session, table: Any) -> int:
    return int(session.scalar(select(func.coalesce(func.max(table.id), 0))) or 0) + 1


def _subscriber(key: int, person: Person, now: datetime, since: datetime) -> dict[str, Any]:
    begins, ends = person.quiet or (None, None)
    return {
        "id": key,
        "kind": Kind.PERSON,
        "locale": person.locale,
        "timezone": person.zone,
        "timezone_origin": ZoneOrigin.CHOSEN,
        "quiet_from": begins,
        "quiet_to": ends,
        "paused_until": now + timedelta(days=60) if person.standing is Standing.PAUSED else None,
        "created_at": since,
    }


def _address(
    key: int, owner: int, person: Person, now: datetime, since: datetime
) -> dict[str, Any]:
    suppressed = person.standing is Standing.SUPPRESSED
    domain = person.email.rpartition("@")[2]
    return {
        "id": key,
        "subscriber_id": owner,
        "channel": "email",
        "key": person.email,
        "value": person.email,
        "shown": f"{person.email[0]}…@{domain}",
        "lane": domain,
        "verified_at": since,
        "suppressed_at": now - timedelta(days=9) if suppressed else None,
        "suppressed_reason": Suppression.BOUNCE if suppressed else "",
        "created_at": since,
    }


def _subscription(
    key: int, address: int, person: Person, wish: Wish, known: _Names, since: datetime
) -> dict[str, Any]:
    target = known.targets[wish.target]
    left = person.standing is Standing.LEFT
    return {
        "id": key,
        "address_id": address,
        "page_id": target if wish.target.kind == "page" else None,
        "list_id": target if wish.target.kind == "list" else None,
        "state": Consent.ENDED if left else Consent.ACTIVE,
        "ended_reason": EndReason.LEFT if left else None,
        "is_everything": not wish.components,
        "categories": wish.categories,
        "minimum_severity": 0,
        "created_at": since,
        "active_at": since,
        "ended_at": since + timedelta(days=90) if left else None,
    }


def _evidence(subscription: int, person: Person, since: datetime) -> Rows:
    steps = [(Step.REQUESTED, Method.FORM, since), (Step.ACCEPTED, Method.LINK, since)]
    if person.standing is Standing.LEFT:
        steps.append((Step.LEFT, Method.ONE_CLICK, since + timedelta(days=90)))
    return [
        {
            "subscription_id": subscription,
            "at": at,
            "action": action,
            "method": method,
            "target_version": 1,
            "text": "sample data",
            "locale": person.locale,
            "ip": "192.0.2.1",
            "agent": "demo",
        }
        for action, method, at in steps
    ]
