"""Databases of their own, and people in them by the million: written by the database itself."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, String, cast, insert, literal, select
from sqlalchemy.orm import Session

from scheduling import zones
from service.db.arrays import table_of
from service.db.base import Base, Instant
from service.db.unit_of_work import UnitOfWork
from service.subscribers.audience import Audience
from service.subscribers.models import (
    ALL_CATEGORIES,
    SHUFFLE_PRIME,
    Address,
    Consent,
    SubscribedComponent,
    Subscriber,
    Subscription,
    ZoneOrigin,
)
from tests import factories
from tests.services import create_database, postgresql

ZONES = sorted(zones.NAMES)[:400]
COMPONENTS = 37
FOLLOWED = 3  # of the components a publication is about


@contextmanager
def databases(postgres_url: str = "") -> Iterator[Mapping[str, str]]:
    """Yield the URLs of an empty SQLite file and an empty PostgreSQL database, by name.

    PostgreSQL is a server of this run's own, which never waits for the disk, or *postgres_url*'s.
    """
    with TemporaryDirectory() as folder:
        file = f"sqlite:///{Path(folder) / 'tocsin.db'}"
        if postgres_url:
            yield {"sqlite": file, "postgresql": create_database(postgres_url)}
            return
        with postgresql() as server:
            yield {"sqlite": file, "postgresql": create_database(server.url)}


def fill(uow: UnitOfWork, people: int) -> Audience:
    """Write *people* over 400 zones with an address and a consent each; return their audience.

    Two thirds follow a page as a whole, the others one of its components.
    """
    page = factories.a_page(uow)
    section = factories.a_section(uow, page)
    components = [factories.a_component(uow, section, slug=f"c{n}").id for n in range(COMPONENTS)]
    numbers = _numbers(people)
    _subscribers(uow, numbers)
    _addresses(uow, numbers)
    _subscriptions(uow, numbers, page.id)
    _follow(uow.session, numbers, components)
    return Audience(
        pages=(page.id,), category="announcement", components=tuple(components[:FOLLOWED])
    )


def _subscribers(uow: UnitOfWork, numbers: Any) -> None:
    places, names = range(len(ZONES)), ZONES
    zone = table_of(uow.session, {"place": (Integer(), places), "name": (String(), names)})
    values: dict[str, Any] = {
        "id": numbers.c.n,
        "kind": literal("person"),
        "locale": literal("en"),
        "timezone": zone.c.name,
        "timezone_origin": literal(ZoneOrigin.CHOSEN.value),
        "shuffle_key": (numbers.c.n * 1_103_515_245 + 12_345) % SHUFFLE_PRIME,
        "created_at": _now(uow.now),
    }
    _insert(uow.session, Subscriber, values, numbers.c.n % len(ZONES) == zone.c.place)


def _addresses(uow: UnitOfWork, numbers: Any) -> None:
    value = literal("person") + cast(numbers.c.n, String()) + literal("@example.org")
    values = {
        "id": numbers.c.n,
        "subscriber_id": numbers.c.n,
        "channel": literal("email"),
        "key": value,
        "value": value,
        "shown": literal("p…@example.org"),
        "lane": literal("example.org"),
        "secrets": literal(""),
        "suppressed_reason": literal(""),
        "verified_at": _now(uow.now),
        "created_at": _now(uow.now),
    }
    _insert(uow.session, Address, values)


def _subscriptions(uow: UnitOfWork, numbers: Any, page_id: int) -> None:
    values = {
        "id": numbers.c.n,
        "address_id": numbers.c.n,
        "page_id": literal(page_id),
        "state": literal(Consent.ACTIVE.value),
        "is_everything": numbers.c.n % 3 != 0,
        "categories": literal(ALL_CATEGORIES),
        "minimum_severity": literal(0),
        "created_at": _now(uow.now),
        "active_at": _now(uow.now),
    }
    _insert(uow.session, Subscription, values)


def _follow(session: Session, numbers: Any, components: Sequence[int]) -> None:
    values = {
        "subscription_id": numbers.c.n,
        "component_id": literal(components[0]) + numbers.c.n // 3 % len(components),
    }
    _insert(session, SubscribedComponent, values, numbers.c.n % 3 == 0)


def _numbers(last: int) -> Any:
    """1 to *last*, as something to select from."""
    first = select(literal(1, BigInteger()).label("n")).cte("numbers", recursive=True)
    return first.union_all(select(first.c.n + 1).where(first.c.n < last))


def _insert(
    session: Session,
    table: type[Base],
    values: Mapping[str, Any],
    *where: ColumnElement[bool],
) -> None:
    source = select(*values.values()).where(*where)
    session.execute(insert(table).from_select(list(values), source))


def _now(now: datetime) -> ColumnElement[datetime]:
    return literal(now, Instant())
