"""Every SQL statement about digests."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select, text, update
from sqlalchemy.orm import Session

from service.db.upsert import upsert
from service.deliveries.models import Delivery, Outcome
from service.digests.models import DigestItem
from service.publications.models import Publication
from service.rollouts.models import Rollout
from service.subscribers.models import Address, Consent, Frequency, Subscriber, Subscription

# Skips that mean: by digest. Word for word as its index says it, which is used only then.
_DIGESTED = "outcome.result = 'skipped' AND outcome.reason IN ('capped', 'digested')"
#: Seconds that a transaction may take to show what it wrote.
SLACK = 300.0


class Group(NamedTuple):
    """People whose next digest comes at the same instant; *since* their first message waits."""

    timezone: str
    frequency: Frequency
    since: datetime


class Reader(NamedTuple):
    """Whose digest is due, as they are now."""

    address_id: int
    locale: str
    timezone: str
    frequency: Frequency
    paused_until: datetime | None
    is_gone: bool  # erased, or their address gets no bulk mail


class Waiting(NamedTuple):
    """A message that waits, with what it was selected by."""

    item: DigestItem
    publication: Publication


def has_new(session: Session) -> bool:
    """Whether somebody was skipped for their digest and nothing was noted of it."""
    return session.execute(_new(session).limit(1)).first() is not None


def collect(session: Session) -> None:
    """Note what people were skipped for and get by digest; what is noted stays as it is."""
    names = ["rollout_id", "n", "address_id", "publication_id", "matched", "at", "known_at"]
    statement = upsert(session, DigestItem).from_select(names, _new(session))
    session.execute(statement.on_conflict_do_nothing())


def _new(session: Session) -> Select[int, int, int, int, int, datetime, float]:
    read_upto = session.scalar(select(func.max(DigestItem.known_at))) or 0.0
    noted = (
        select(DigestItem.n)
        .where(DigestItem.rollout_id == Outcome.rollout_id, DigestItem.n == Outcome.n)
        .exists()
    )
    return (
        select(
            Outcome.rollout_id,
            Outcome.n,
            Delivery.address_id,
            Rollout.publication_id,
            Delivery.matched,
            Outcome.at,
            Outcome.known_at,
        )
        .join(Delivery, (Delivery.rollout_id == Outcome.rollout_id) & (Delivery.n == Outcome.n))
        .join(Rollout, Rollout.id == Outcome.rollout_id)
        .where(
            text(_DIGESTED),
            Outcome.known_at > read_upto - SLACK,
            ~noted,
        )
    )


def undated(session: Session) -> Sequence[Group]:
    """Groups of people with messages of which nobody has said when they leave."""
    statement = (
        select(Subscriber.timezone, Subscriber.frequency, func.min(DigestItem.at))
        .join(Address, Address.subscriber_id == Subscriber.id)
        .join(DigestItem, DigestItem.address_id == Address.id)
        .where(DigestItem.due_at.is_(None), *_waits())
        .group_by(Subscriber.timezone, Subscriber.frequency)
    )
    return [Group(*row) for row in session.execute(statement)]


def date(session: Session, group: Group, due_at: datetime) -> None:
    """Let the messages of *group* leave at *due_at*."""
    members = (
        select(Address.id)
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .where(Subscriber.timezone == group.timezone, Subscriber.frequency == group.frequency)
    )
    session.execute(
        update(DigestItem)
        .where(DigestItem.due_at.is_(None), DigestItem.address_id.in_(members), *_waits())
        .values(due_at=due_at)
        .execution_options(synchronize_session=False)
    )


def drop_orphans(session: Session, now: datetime) -> None:
    """Give up what waits for addresses that are no more."""
    known = select(Address.id).where(Address.id == DigestItem.address_id).exists()
    session.execute(
        update(DigestItem)
        .where(DigestItem.due_at.is_(None), *_waits(), ~known)
        .values(dropped_at=now)
        .execution_options(synchronize_session=False)
    )


def due(session: Session, now: datetime, limit: int) -> Sequence[int]:
    """Addresses whose digest is due and who may get one, longest waiting first."""
    statement = (
        select(DigestItem.address_id)
        .join(Address, Address.id == DigestItem.address_id)
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .where(
            DigestItem.due_at <= now,
            *_waits(),
            (Subscriber.paused_until.is_(None)) | (Subscriber.paused_until <= now),
        )
        .group_by(DigestItem.address_id)
        .order_by(func.min(DigestItem.due_at), DigestItem.address_id)
        .limit(limit)
    )
    return session.scalars(statement).all()


def reader(session: Session, address_id: int) -> Reader | None:
    """Whose address it is, locked until the unit of work ends: one digest at a time."""
    row = session.execute(
        select(
            Address.id,
            Subscriber.locale,
            Subscriber.timezone,
            Subscriber.frequency,
            Subscriber.paused_until,
            (Subscriber.erased_at.is_not(None)) | (Address.suppressed_reason != ""),
        )
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .where(Address.id == address_id)
        .with_for_update(of=Address)
    ).first()
    return Reader(*row) if row else None


def waiting(session: Session, address_id: int) -> Sequence[Waiting]:
    """All that waits for one address, oldest first."""
    statement = (
        select(DigestItem, Publication)
        .join(Publication, Publication.id == DigestItem.publication_id)
        .where(DigestItem.address_id == address_id, *_waits())
        .order_by(DigestItem.at, DigestItem.rollout_id)
    )
    return [Waiting(*row) for row in session.execute(statement)]


def consents(session: Session, address_id: int) -> Collection[tuple[str, int]]:
    """The pages and lists that an address gets, as targets of an audience."""
    rows = session.execute(
        select(Subscription.page_id, Subscription.list_id).where(
            Subscription.address_id == address_id, Subscription.state == Consent.ACTIVE
        )
    )
    targets = (("list", listed) if page is None else ("page", page) for page, listed in rows)
    return {(kind, key) for kind, key in targets if key is not None}


def _waits() -> tuple[ColumnElement[bool], ...]:
    return (DigestItem.digest_id.is_(None), DigestItem.dropped_at.is_(None))
