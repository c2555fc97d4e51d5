"""Every SQL statement about subscribers but the audience's: see `queries_audience`."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.db.upsert import upsert
from service.subscribers.models import (
    Address,
    Consent,
    ConsentRecord,
    Done,
    EndReason,
    Refusal,
    SubscribedComponent,
    SubscribedEvent,
    SubscribedSection,
    Subscriber,
    Subscription,
)

#: What a subscription can name one by one, in the order of `Followed`.
_FOLLOWED: tuple[InstrumentedAttribute[Any], ...] = (
    SubscribedSection.section_id,
    SubscribedComponent.component_id,
    SubscribedEvent.subject,
)


def done(session: Session, subscriber_id: int) -> set[str]:
    """What somebody says they have done: `event:k2j3…`."""
    found = select(Done.subject).where(Done.subscriber_id == subscriber_id)
    return set(session.scalars(found))


def address(session: Session, address_id: int) -> Address | None:
    """The address with this id."""
    return session.get(Address, address_id)


def locked_address(session: Session, address_id: int) -> Address | None:
    """The same, locked until the unit of work ends: one person's consents change one by one."""
    return session.scalar(_locked(select(Address).where(Address.id == address_id)))


def address_by_key(session: Session, channel: str, key: str) -> Address | None:
    """The address that a channel writes *key*, locked until the unit of work ends."""
    return session.scalar(
        _locked(select(Address).where(Address.channel == channel, Address.key == key))
    )


def addresses_of(session: Session, subscriber_id: int) -> Sequence[Address]:
    """Every address of a subscriber and of the systems that are theirs, oldest first."""
    theirs = select(Subscriber.id).where(
        or_(Subscriber.id == subscriber_id, Subscriber.owner_id == subscriber_id)
    )
    return session.scalars(
        select(Address).where(Address.subscriber_id.in_(theirs)).order_by(Address.id)
    ).all()


def addresses_in_use(session: Session, subscriber_id: int) -> Sequence[Address]:
    """Those of them that get something, or wait for their owner's answer."""
    held = select(Subscription.id).where(
        Subscription.address_id == Address.id, Subscription.state != Consent.ENDED
    )
    theirs = select(Subscriber.id).where(
        or_(Subscriber.id == subscriber_id, Subscriber.owner_id == subscriber_id)
    )
    return session.scalars(
        select(Address).where(Address.subscriber_id.in_(theirs), exists(held)).order_by(Address.id)
    ).all()


def subscriber(session: Session, subscriber_id: int) -> Subscriber:
    """The subscriber with this id; raises NoResultFound."""
    return session.get_one(Subscriber, subscriber_id)


def locked_subscriber(session: Session, subscriber_id: int) -> Subscriber | None:
    """The same or None, locked until the unit of work ends."""
    return session.get(Subscriber, subscriber_id, with_for_update=True, populate_existing=True)


def remember_refusal(
    session: Session, address_hash: str, target: str, reason: EndReason, at: datetime
) -> None:
    """Remember that an address said no to *target*; the last word counts."""
    given = {"address_hash": address_hash, "target": target, "reason": reason, "at": at}
    session.execute(
        upsert(session, Refusal)
        .values(given)
        .on_conflict_do_update(
            index_elements=["address_hash", "target"], set_={"reason": reason, "at": at}
        )
    )


def forget_refusal(session: Session, address_hash: str, target: str) -> None:
    """Its owner wants it after all."""
    session.execute(
        delete(Refusal).where(Refusal.address_hash == address_hash, Refusal.target == target)
    )


def refusal(session: Session, address_hash: str, target: str) -> EndReason | None:
    """Why an address will not have *target*; None where it never said no, or yes since."""
    return session.scalar(
        select(Refusal.reason).where(Refusal.address_hash == address_hash, Refusal.target == target)
    )


def note_mail(session: Session, subscription_id: int, message_id: str) -> None:
    """Add the mail that asks to the evidence of the request, in the same unit of work."""
    newest = (
        select(func.max(ConsentRecord.id))
        .where(ConsentRecord.subscription_id == subscription_id)
        .scalar_subquery()
    )
    session.execute(
        update(ConsentRecord).where(ConsentRecord.id == newest).values(message_id=message_id)
    )


def question_id(session: Session, subscription_id: int) -> str:
    """The Message-ID of the last mail that asked for a consent; "" where none did."""
    found = session.scalar(
        select(ConsentRecord.message_id)
        .where(ConsentRecord.subscription_id == subscription_id, ConsentRecord.message_id != "")
        .order_by(ConsentRecord.id.desc())
        .limit(1)
    )
    return found or ""


def subscription(session: Session, subscription_id: int) -> Subscription | None:
    """The subscription with this id."""
    return session.get(Subscription, subscription_id)


def locked_subscription(session: Session, subscription_id: int) -> Subscription | None:
    """The same as it is once its address is locked, until the unit of work ends."""
    owner = select(Subscription.address_id).where(Subscription.id == subscription_id)
    address_id = session.scalar(owner)
    if address_id is None:
        return None
    locked_address(session, address_id)
    return session.get(Subscription, subscription_id, populate_existing=True)


def subscription_to(session: Session, address_id: int, target: str) -> Subscription | None:
    """What an address has of *target* (`page:3`), in whatever state."""
    return session.scalar(
        select(Subscription).where(Subscription.address_id == address_id, _is_to(target))
    )


def subscriptions(session: Session, address_id: int) -> Sequence[Subscription]:
    """All that an address ever subscribed to, oldest first."""
    return session.scalars(
        select(Subscription)
        .where(Subscription.address_id == address_id)
        .order_by(Subscription.created_at, Subscription.id)
    ).all()


def is_known(session: Session, subscriber_id: int) -> bool:
    """Whether an address of a subscriber was ever proven to be read."""
    found = select(Address.id).where(
        Address.subscriber_id == subscriber_id, Address.verified_at.is_not(None)
    )
    return session.scalar(select(exists(found))) or False


def has_live(session: Session, subscriber_id: int) -> bool:
    """Whether a subscriber has accepted anything that has not ended."""
    found = session.scalar(
        select(Subscription.id)
        .join(Address, Address.id == Subscription.address_id)
        .where(Address.subscriber_id == subscriber_id, Subscription.state == Consent.ACTIVE)
        .limit(1)
    )
    return found is not None


def records(session: Session, subscription_id: int) -> Sequence[ConsentRecord]:
    """The evidence of one consent, oldest first."""
    return session.scalars(
        select(ConsentRecord)
        .where(ConsentRecord.subscription_id == subscription_id)
        .order_by(ConsentRecord.id)
    ).all()


class Followed(NamedTuple):
    """What a subscription names of a page."""

    sections: frozenset[int]
    components: frozenset[int]
    events: frozenset[str]


def followed(session: Session, subscription_ids: Sequence[int]) -> dict[int, Followed]:
    """The sections, components and events that each subscription follows."""
    found = [defaultdict(set), defaultdict(set), defaultdict(set)]  # type: ignore[var-annotated]
    for names, column in zip(found, _FOLLOWED, strict=True):
        owner = column.class_.subscription_id
        for subscription_id, name in session.execute(
            select(owner, column).where(owner.in_(subscription_ids))
        ):
            names[subscription_id].add(name)
    return {
        each: Followed(*(frozenset(names[each]) for names in found)) for each in subscription_ids
    }


def follow(session: Session, subscription_id: int, wanted: Followed) -> None:
    """Make a subscription follow exactly what is *wanted*."""
    for column, names in zip(_FOLLOWED, wanted, strict=True):
        table = column.class_
        session.execute(delete(table).where(table.subscription_id == subscription_id))
        if names:
            session.execute(
                insert(table),
                [
                    {"subscription_id": subscription_id, column.key: each}
                    for each in sorted(names)  # type: ignore[type-var]
                ],
            )


def _locked(statement: Select[Address]) -> Select[Address]:
    # What was read before the lock was got may be out of date by now.
    return statement.with_for_update().execution_options(populate_existing=True)


def _is_to(target: str) -> ColumnElement[bool]:
    kind, _, number = target.partition(":")
    column = Subscription.page_id if kind == "page" else Subscription.list_id
    return column == int(number)


def search(
    session: Session, part: str, reference: str, keys: Sequence[str], most: int
) -> Sequence[tuple[Address, Subscriber]]:
    """Addresses that hold *part*, are one of *keys*, or whose owner is called *reference*."""
    fits = or_(
        Address.key.contains(part, autoescape=True),
        Address.key.in_(keys),
        Subscriber.external_ref == reference,
    )
    rows = session.execute(
        select(Address, Subscriber)
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .where(fits)
        .order_by(Address.id)
        .limit(most)
    )
    return [(address, person) for address, person in rows]


def counts(session: Session, address_ids: Sequence[int], state: Consent) -> dict[int, int]:
    """How many subscriptions in *state* each address has."""
    rows = session.execute(
        select(Subscription.address_id, func.count())
        .where(Subscription.address_id.in_(address_ids), Subscription.state == state)
        .group_by(Subscription.address_id)
    )
    return {row[0]: row[1] for row in rows}
