"""Every SQL statement about subscribers but the audience's: see `queries_audience`."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Select, delete, insert, select
from sqlalchemy.orm import Session

from service.subscribers.models import (
    Address,
    Consent,
    ConsentRecord,
    SubscribedComponent,
    SubscribedSection,
    Subscriber,
    Subscription,
)


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


def subscriber(session: Session, subscriber_id: int) -> Subscriber:
    """The subscriber with this id; raises NoResultFound."""
    return session.get_one(Subscriber, subscriber_id)


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


def followed(
    session: Session, subscription_ids: Sequence[int]
) -> dict[int, tuple[frozenset[int], frozenset[int]]]:
    """The sections and the components that each subscription follows."""
    sections: defaultdict[int, set[int]] = defaultdict(set)
    components: defaultdict[int, set[int]] = defaultdict(set)
    for section in session.scalars(
        select(SubscribedSection).where(SubscribedSection.subscription_id.in_(subscription_ids))
    ):
        sections[section.subscription_id].add(section.section_id)
    for component in session.scalars(
        select(SubscribedComponent).where(SubscribedComponent.subscription_id.in_(subscription_ids))
    ):
        components[component.subscription_id].add(component.component_id)
    return {
        each: (frozenset(sections[each]), frozenset(components[each])) for each in subscription_ids
    }


def follow(
    session: Session, subscription_id: int, sections: Iterable[int], components: Iterable[int]
) -> None:
    """Make a subscription follow exactly these sections and components."""
    for table, column, ids in (
        (SubscribedSection, "section_id", sorted(sections)),
        (SubscribedComponent, "component_id", sorted(components)),
    ):
        session.execute(delete(table).where(table.subscription_id == subscription_id))
        if ids:
            session.execute(
                insert(table),
                [{"subscription_id": subscription_id, column: each} for each in ids],
            )


def _locked(statement: Select[Address]) -> Select[Address]:
    # What was read before the lock was got may be out of date by now.
    return statement.with_for_update().execution_options(populate_existing=True)


def _is_to(target: str) -> ColumnElement[bool]:
    kind, _, number = target.partition(":")
    column = Subscription.page_id if kind == "page" else Subscription.list_id
    return column == int(number)
