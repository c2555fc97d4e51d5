"""Every SQL statement about subscribers from files: each one takes a whole batch."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, String, bindparam, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from service.db.arrays import table_of
from service.db.base import Base
from service.db.statements import table
from service.db.upsert import upsert
from service.lists.models import MailingList
from service.pages.models import Page
from service.signup.models import SignupRequest
from service.subscribers.models import (
    Address,
    ConsentRecord,
    Refusal,
    Step,
    SubscribedComponent,
    Subscriber,
    Subscription,
)

Columns = Mapping[str, Any]
ASSIGNED = ("region", "group_name", "client", "party")
YES = (Step.ACCEPTED, Step.RESTORED)
TURNS = 0x70C515  # of imports alone among PostgreSQL's advisory locks
PAGE = 5000  # rows of an export read at once


class Known(NamedTuple):
    """An address that is here already."""

    id: int
    subscriber_id: int
    region: str
    group_name: str
    client: str
    party: str


class Exported(NamedTuple):
    """One subscription with whom it belongs to."""

    address: Address
    person: Subscriber
    subscription: Subscription
    page: str | None  # slug
    mailing_list: str | None
    at: datetime | None  # when they agreed
    text: str | None
    ip: str | None


def take_turns(session: Session) -> None:
    """Wait until no other import is in the midst of a batch; held until the unit of work ends.

    SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(TURNS)))


def known(session: Session, channel: str, keys: Sequence[str]) -> dict[str, Known]:
    """Which of *keys* are here, by key."""
    person = table(Subscriber).c
    rows = session.execute(
        select(
            Address.key, Address.id, person.id,
            person.region, person.group_name, person.client, person.party,
        )
        .join(table(Subscriber), person.id == Address.subscriber_id)
        .where(Address.channel == channel, Address.key.in_(_texts(session, keys)))
    )  # fmt: skip
    return {row[0]: Known(*row[1:]) for row in rows}


def suppressed(session: Session, channel: str, keys: Sequence[str]) -> dict[str, str]:
    """Why those of *keys* that are suppressed are."""
    rows = session.execute(
        select(Address.key, Address.suppressed_reason).where(
            Address.channel == channel,
            Address.key.in_(_texts(session, keys)),
            Address.suppressed_at.is_not(None),
        )
    )
    return {row[0]: row[1] for row in rows}


def held(session: Session, address_ids: Sequence[int]) -> set[tuple[int, str]]:
    """What some addresses have, in whatever state: (address, `page:3`)."""
    numbers = table_of(session, {"number": (BigInteger(), list(address_ids))})
    rows = session.execute(
        select(Subscription.address_id, Subscription.page_id, Subscription.list_id).where(
            Subscription.address_id.in_(select(numbers.c.number))
        )
    )
    return {
        (address, f"page:{page}" if page is not None else f"list:{one}")
        for address, page, one in rows
    }


def refusals(session: Session, hashes: Sequence[str]) -> set[tuple[str, str]]:
    """What some addresses said no to: (hash, `list:1`)."""
    rows = session.execute(
        select(Refusal.address_hash, Refusal.target).where(
            Refusal.address_hash.in_(_texts(session, hashes))
        )
    )
    return {(address, target) for address, target in rows}


def assign(session: Session, rows: Sequence[Columns]) -> None:
    """Set where subscribers belong; each row has `number` and the four columns."""
    people = table(Subscriber)
    session.connection().execute(
        update(people)
        .where(people.c.id == bindparam("number"))
        .values({name: bindparam(f"its_{name}") for name in ASSIGNED}),
        [{f"its_{key}" if key in ASSIGNED else key: row[key] for key in row} for row in rows],
    )


def add_subscribers(session: Session, rows: Sequence[Columns]) -> list[int]:
    """Insert subscribers; return their ids in order."""
    return _add(session, Subscriber, rows)


def add_addresses(session: Session, rows: Sequence[Columns]) -> list[int]:
    """Insert addresses; return their ids in order."""
    return _add(session, Address, rows)


def add_subscriptions(session: Session, rows: Sequence[Columns]) -> list[int]:
    """Insert subscriptions; return their ids in order."""
    return _add(session, Subscription, rows)


def add_followed(session: Session, rows: Sequence[Columns]) -> None:
    """Insert the components that subscriptions follow one by one."""
    if rows:
        session.execute(insert(table(SubscribedComponent)), list(rows))


def add_records(session: Session, rows: Sequence[Columns]) -> None:
    """Insert evidence."""
    if rows:
        session.execute(insert(table(ConsentRecord)), list(rows))


def add_requests(session: Session, rows: Sequence[Columns]) -> None:
    """Insert requests to join."""
    if rows:
        session.execute(insert(table(SignupRequest)), list(rows))


def add_refusals(session: Session, rows: Sequence[Columns]) -> None:
    """Remember refusals; what is remembered already stays."""
    if rows:
        session.execute(upsert(session, Refusal).on_conflict_do_nothing(), list(rows))


def exported(session: Session) -> Iterator[Exported]:
    """Every subscription that was not erased, by address, read in pages."""
    yes = aliased(ConsentRecord)
    newest = (
        select(func.max(yes.id))
        .where(yes.subscription_id == Subscription.id, yes.action.in_(YES))
        .scalar_subquery()
    )
    statement = (
        select(
            Address,
            Subscriber,
            Subscription,
            Page.slug,
            MailingList.slug,
            ConsentRecord.at,
            ConsentRecord.text,
            ConsentRecord.ip,
        )
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .join(Subscription, Subscription.address_id == Address.id)
        .outerjoin(Page, Page.id == Subscription.page_id)
        .outerjoin(MailingList, MailingList.id == Subscription.list_id)
        .outerjoin(ConsentRecord, ConsentRecord.id == newest)
        .where(Subscriber.erased_at.is_(None), Address.channel == "email")
        .order_by(Subscription.id)
        .limit(PAGE)
    )
    last = 0
    while rows := session.execute(statement.where(Subscription.id > last)).all():
        last = rows[-1][2].id
        yield from (Exported(*row) for row in rows)
        session.expunge_all()


def _add(session: Session, model: type[Base], rows: Sequence[Columns]) -> list[int]:
    if not rows:
        return []
    into = table(model)
    if session.connection().dialect.name == "sqlite":
        # It cannot return ids in the order of the rows but one row at a time. Nobody else writes
        # meanwhile, and the next ids are those it would give.
        first = (session.scalar(select(func.max(into.c.id))) or 0) + 1
        ids = list(range(first, first + len(rows)))
        numbered = [{**row, "id": number} for number, row in zip(ids, rows, strict=True)]
        session.execute(insert(into), numbered)
        return ids
    statement = insert(into).returning(into.c.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, list(rows)))


def _texts(session: Session, texts: Sequence[str]) -> Select[Any]:
    given = table_of(session, {"text": (String(), list(texts))})
    return select(given.c.text)
