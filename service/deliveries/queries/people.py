"""Who a batch is for, as they are now: read in the transaction that marks them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from service.deliveries.models import Delivery, Outcome, Slice
from service.lists.models import MailingList
from service.pages.models import Page
from service.publications.models import Publication
from service.subscribers.models import Address, Consent, Subscriber, Subscription


class Person(NamedTuple):
    """One delivery with its address and its owner as they are now."""

    n: int
    matched: int
    address_id: int
    key: str
    value: str
    shown: str
    lane: str
    secrets: str
    suppressed_reason: str
    locale: str
    timezone: str
    quiet_from: time | None
    quiet_to: time | None
    paused_until: datetime | None
    erased_at: datetime | None


class Held(NamedTuple):
    """One subscription of an address: what consent there is."""

    id: int
    page_id: int | None
    list_id: int | None
    state: Consent


_PERSON = (
    Delivery.n,
    Delivery.matched,
    Address.id,
    Address.key,
    Address.value,
    Address.shown,
    Address.lane,
    Address.secrets,
    Address.suppressed_reason,
    Subscriber.locale,
    Subscriber.timezone,
    Subscriber.quiet_from,
    Subscriber.quiet_to,
    Subscriber.paused_until,
    Subscriber.erased_at,
)


def between(session: Session, rollout_id: int, after: int, upto: int) -> Sequence[Person]:
    """The people of deliveries (after, upto], in order."""
    return _people(session, _select(rollout_id).where(Delivery.n > after, Delivery.n <= upto))


def numbered(session: Session, rollout_id: int, numbers: Sequence[int]) -> Sequence[Person]:
    """The people of some deliveries, in order."""
    return _people(session, _select(rollout_id).where(Delivery.n.in_(numbers)))


def consents(session: Session, addresses: Sequence[int]) -> Mapping[int, Sequence[Held]]:
    """What some addresses are subscribed to, by address."""
    statement = select(
        Subscription.address_id,
        Subscription.id,
        Subscription.page_id,
        Subscription.list_id,
        Subscription.state,
    ).where(Subscription.address_id.in_(addresses), Subscription.state != Consent.ENDED)
    found = defaultdict[int, list[Held]](list)
    for address_id, key, page, to_list, state in session.execute(
        statement.order_by(Subscription.id)
    ):
        found[address_id].append(Held(key, page, to_list, state))
    return found


def superseded(session: Session, newer_rollout: int, addresses: Sequence[int]) -> frozenset[int]:
    """Those of *addresses* that a newer rollout of the same subject will tell."""
    statement = select(Delivery.address_id).where(
        Delivery.rollout_id == newer_rollout, Delivery.address_id.in_(addresses)
    )
    return frozenset(session.scalars(statement))


def first_messages(
    session: Session, publication: Publication, addresses: Sequence[int]
) -> Mapping[int, tuple[str, int]]:
    """The first message about the same subject that each address accepted.

    As (public id of the publication, n) by address; for threads.
    """
    earlier, parts = aliased(Publication), aliased(Slice)
    rollouts = (
        select(parts.rollout_id, earlier.public_id, earlier.sequence)
        .join(earlier, earlier.id == parts.publication_id)
        .where(earlier.subject == publication.subject, earlier.sequence < publication.sequence)
        .distinct()
        .subquery()
    )
    statement = (
        select(Delivery.address_id, rollouts.c.public_id, Delivery.n)
        .join(rollouts, rollouts.c.rollout_id == Delivery.rollout_id)
        .join(Outcome, (Outcome.rollout_id == Delivery.rollout_id) & (Outcome.n == Delivery.n))
        .where(Delivery.address_id.in_(addresses), Outcome.result == "sent")
        .order_by(rollouts.c.sequence.desc())  # the oldest is the last to be put in the dict
    )
    return {address: (public, n) for address, public, n in session.execute(statement)}


def source_names(
    session: Session, pages: Sequence[int], lists: Sequence[int]
) -> Mapping[tuple[str, int], dict[str, str]]:
    """Names by language of pages and lists, keyed as the targets of an audience."""
    found = session.execute(select(Page.id, Page.name).where(Page.id.in_(pages)))
    names: dict[tuple[str, int], dict[str, str]] = {("page", key): name for key, name in found}
    listed = session.execute(
        select(MailingList.id, MailingList.name).where(MailingList.id.in_(lists))
    )
    return names | {("list", key): name for key, name in listed}


def _select(rollout_id: int) -> Any:
    return (
        select(*_PERSON)
        .select_from(Delivery)
        .join(Address, Address.id == Delivery.address_id)
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .where(Delivery.rollout_id == rollout_id)
        .order_by(Delivery.n)
    )


def _people(session: Session, statement: Any) -> Sequence[Person]:
    return [Person(*row) for row in session.execute(statement)]
