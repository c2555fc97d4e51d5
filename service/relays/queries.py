"""Every SQL statement about relays: addresses on channels that operators alone fill in."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from service.deliveries.models import Circuit
from service.pages.models import Page
from service.subscribers.models import Address, Consent, Subscriber, Subscription


class Relay(NamedTuple):
    """One place that is told of one page."""

    subscription: Subscription
    address: Address
    subscriber: Subscriber
    page: Page
    circuit: Circuit | None


def relays(session: Session, channels: Collection[str]) -> Sequence[Relay]:
    """The relays on some channels, in the order they were set up."""
    found = session.execute(_relays().where(Address.channel.in_(channels)))
    return [Relay._make(row) for row in found]


def relay(session: Session, subscription_id: int, channels: Collection[str]) -> Relay | None:
    """One relay on some channels."""
    where = (Subscription.id == subscription_id, Address.channel.in_(channels))
    row = session.execute(_relays().where(*where)).first()
    return Relay._make(row) if row else None


def _relays() -> Select[Subscription, Address, Subscriber, Page, Circuit]:
    return (
        select(Subscription, Address, Subscriber, Page, Circuit)
        .join(Address, Address.id == Subscription.address_id)
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .join(Page, Page.id == Subscription.page_id)
        .outerjoin(Circuit, Circuit.address_id == Address.id)
        .where(Subscription.state == Consent.ACTIVE)
        .order_by(Subscription.id)
    )
