"""Rows for tests, with everything a test does not care about filled in."""

from typing import Any, TypeVar

from service.db.base import Base
from service.db.unit_of_work import UnitOfWork
from service.lists.models import MailingList
from service.pages.models import Component, Page, Section
from service.subscribers.models import (
    Address,
    Consent,
    Kind,
    Subscriber,
    Subscription,
    ZoneOrigin,
)

Row = TypeVar("Row", bound=Base)


def _saved(uow: UnitOfWork, row: Row) -> Row:
    uow.session.add(row)
    uow.session.flush()
    return row


def both(word: str) -> dict[str, str]:
    """The same word in both languages."""
    return {"fr": word, "en": word}


def a_page(uow: UnitOfWork, slug: str = "mail", **given: Any) -> Page:
    values: dict[str, Any] = {
        "slug": slug,
        "host": None,
        "name": both(slug.title()),
        "description": both(""),
        "languages": ["fr", "en"],
        "timezone": "Europe/Paris",
        "sender_name": "Status",
        "sender_address": "status@example.org",
        "position": 1,
        "created_at": uow.now,
    }
    return _saved(uow, Page(**{**values, **given}))


def a_section(uow: UnitOfWork, page: Page, slug: str = "core", **given: Any) -> Section:
    values: dict[str, Any] = {
        "page_id": page.id,
        "slug": slug,
        "name": both(slug.title()),
        "position": 1,
        "created_at": uow.now,
    }
    return _saved(uow, Section(**{**values, **given}))


def a_component(
    uow: UnitOfWork, section: Section, slug: str = "webmail", **given: Any
) -> Component:
    values: dict[str, Any] = {
        "page_id": section.page_id,
        "section_id": section.id,
        "slug": slug,
        "name": both(slug.title()),
        "description": both(""),
        "impact": both(f"No {slug}."),
        "position": 1,
        "created_at": uow.now,
    }
    return _saved(uow, Component(**{**values, **given}))


def a_list(uow: UnitOfWork, slug: str = "travaux", **given: Any) -> MailingList:
    values: dict[str, Any] = {
        "slug": slug,
        "name": both(slug.title()),
        "description": both("Planned works."),
        "languages": ["fr", "en"],
        "timezone": "Europe/Paris",
        "sender_name": "Status",
        "sender_address": "status@example.org",
        "is_open": True,
        "is_proposed": True,
        "position": 1,
        "created_at": uow.now,
    }
    return _saved(uow, MailingList(**{**values, **given}))


def a_subscriber(uow: UnitOfWork, zone: str = "Europe/Paris", **given: Any) -> Subscriber:
    values: dict[str, Any] = {
        "kind": Kind.PERSON,
        "locale": "en",
        "timezone": zone,
        "timezone_origin": ZoneOrigin.CHOSEN,
        "created_at": uow.now,
    }
    return _saved(uow, Subscriber(**{**values, **given}))


def an_address(
    uow: UnitOfWork, subscriber: Subscriber, value: str = "ada@example.org", **given: Any
) -> Address:
    values: dict[str, Any] = {
        "subscriber_id": subscriber.id,
        "channel": "email",
        "key": value.lower(),
        "value": value,
        "shown": value[0] + "…@" + value.rpartition("@")[2],
        "lane": value.rpartition("@")[2],
        "verified_at": uow.now,
        "created_at": uow.now,
    }
    return _saved(uow, Address(**{**values, **given}))


def a_subscription(
    uow: UnitOfWork,
    address: Address,
    page: Page | None = None,
    to_list: MailingList | None = None,
    **given: Any,
) -> Subscription:
    values: dict[str, Any] = {
        "address_id": address.id,
        "page_id": page.id if page else None,
        "list_id": to_list.id if to_list else None,
        "state": Consent.ACTIVE,
        "created_at": uow.now,
        "active_at": uow.now,
    }
    return _saved(uow, Subscription(**{**values, **given}))
