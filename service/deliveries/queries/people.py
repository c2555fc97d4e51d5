"""Who a batch is for, as they are now: read in the transaction that marks them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from service.db.arrays import Given
from service.db.statements import once_per_dialect, table
from service.deliveries.models import Delivery, Outcome, Slice
from service.lists.models import MailingList
from service.pages.models import Page
from service.publications.models import Publication
from service.subscribers.models import Address, Consent, Frequency, Subscriber, Subscription


class Person(NamedTuple):
    """One delivery with its address and its owner as they are now."""

    n: int
    matched: int
    rank: int
    address_id: int
    key: str
    value: str
    shown: str
    lane: str
    secrets: str
    options: dict[str, str] | None
    suppressed_reason: str
    locale: str
    timezone: str
    quiet_from: time | None
    quiet_to: time | None
    paused_until: datetime | None
    frequency: Frequency
    cap_most: int | None
    cap_hours: int | None
    erased_at: datetime | None
    consent_id: int | None  # the subscription that lets the message through
    is_late: bool = False  # something newer about the same subject has begun to leave

    @property
    def is_ramped(self) -> bool:
        """A person, whom windows and quiet hours are for; a system is told at any hour."""
        return self.rank >= 0


class Permit(NamedTuple):
    """Which consent lets a message through: an active one to a target, or one while it lives."""

    pages: Sequence[int] = ()
    lists: Sequence[int] = ()
    subscription: int = 0


_DELIVERY, _ADDRESS, _SUBSCRIBER = table(Delivery).c, table(Address).c, table(Subscriber).c
_PERSON = (
    _DELIVERY.n,
    _DELIVERY.matched,
    _DELIVERY.rank,
    _ADDRESS.id,
    _ADDRESS.key,
    _ADDRESS.value,
    _ADDRESS.shown,
    _ADDRESS.lane,
    _ADDRESS.secrets,
    _ADDRESS.options,
    _ADDRESS.suppressed_reason,
    _SUBSCRIBER.locale,
    _SUBSCRIBER.timezone,
    _SUBSCRIBER.quiet_from,
    _SUBSCRIBER.quiet_to,
    _SUBSCRIBER.paused_until,
    _SUBSCRIBER.frequency,
    _SUBSCRIBER.cap_most,
    _SUBSCRIBER.cap_hours,
    _SUBSCRIBER.erased_at,
)


_PART, _PUBLICATION = table(Slice).c, table(Publication).c
_IS_NEWER = (
    _PUBLICATION.id == _PART.publication_id,
    _PUBLICATION.subject == bindparam("about"),
    _PUBLICATION.sequence > bindparam("before"),
    _PUBLICATION.started_at.is_not(None),
    _PART.n_lo.is_(None),
)
_NEWER = select(_PART.rollout_id).where(*_IS_NEWER).distinct()
_IS_LATE = exists(select(_PART.rollout_id).where(*_IS_NEWER)).label("is_late")
_NUMBERS = Given({"n": BigInteger()}, "numbers")
_PAGES, _LISTS = Given({"id": BigInteger()}, "pages"), Given({"id": BigInteger()}, "lists")


def between(
    session: Session, of: Publication, rollout_id: int, after: int, upto: int, permit: Permit
) -> Sequence[Person]:
    """The people of deliveries (after, upto] of a publication, in order."""
    given = {
        "of_rollout": rollout_id,
        "after": after,
        "upto": upto,
        **_subject(of),
        **_permitted(session, permit),
    }
    return [Person._make(row) for row in session.execute(_between(session), given)]


def numbered(
    session: Session, of: Publication, rollout_id: int, numbers: Sequence[int], permit: Permit
) -> Sequence[Person]:
    """The people of some deliveries of a publication, in order."""
    given = {
        "of_rollout": rollout_id,
        **_subject(of),
        **_NUMBERS.parameters(session, [numbers]),
        **_permitted(session, permit),
    }
    return [Person._make(row) for row in session.execute(_numbered(session), given)]


@once_per_dialect
def _between(session: Session) -> Select[Any]:
    within = (_DELIVERY.n > bindparam("after"), _DELIVERY.n <= bindparam("upto"))
    return _people(session).where(*within)


@once_per_dialect
def _numbered(session: Session) -> Select[Any]:
    return _people(session).where(_DELIVERY.n.in_(select(_NUMBERS.table(session).c.n)))


def _people(session: Session) -> Select[Any]:
    return (
        select(*_PERSON, _consent(session), _IS_LATE)
        .select_from(table(Delivery))
        .join(table(Address), _ADDRESS.id == _DELIVERY.address_id)
        .join(table(Subscriber), _SUBSCRIBER.id == _ADDRESS.subscriber_id)
        .where(_DELIVERY.rollout_id == bindparam("of_rollout"))
        .order_by(_DELIVERY.n)
    )


def _consent(session: Session) -> ScalarSelect[int]:
    held = table(Subscription).c
    wanted = or_(
        held.page_id.in_(select(_PAGES.table(session).c.id)),
        held.list_id.in_(select(_LISTS.table(session).c.id)),
    )
    permits = or_(
        and_(wanted, held.state == Consent.ACTIVE),
        and_(held.id == bindparam("this_one"), held.state != Consent.ENDED),
    )
    return (
        select(func.min(held.id)).where(held.address_id == _ADDRESS.id, permits).scalar_subquery()
    )


def _permitted(session: Session, permit: Permit) -> dict[str, Any]:
    return {
        "this_one": permit.subscription,
        **_PAGES.parameters(session, [permit.pages]),
        **_LISTS.parameters(session, [permit.lists]),
    }


def _subject(publication: Publication) -> dict[str, Any]:
    return {"about": publication.subject, "before": publication.sequence}


def superseded(
    session: Session, publication: Publication, addresses: Sequence[int]
) -> frozenset[int]:
    """Those of *addresses* that something newer about the same subject tells, or has told.

    Newer publications are asked for each time, by a short index: one may start between any two
    batches, and a stage that opens later must know of it too.
    """
    newer = session.scalars(_NEWER, _subject(publication)).all()
    if not newer:
        return frozenset()
    return frozenset(
        session.scalars(
            select(Delivery.address_id).where(
                Delivery.rollout_id.in_(newer), Delivery.address_id.in_(addresses)
            )
        )
    )


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


def messages_of(
    session: Session, rollout_id: int, addresses: Sequence[int]
) -> Mapping[int, tuple[str, int]]:
    """The message of one rollout to each address, as `first_messages` says it."""
    named = (
        select(Publication.public_id)
        .join(Slice, Slice.publication_id == Publication.id)
        .where(Slice.rollout_id == rollout_id)
        .limit(1)
        .scalar_subquery()
    )
    statement = select(Delivery.address_id, named, Delivery.n).where(
        Delivery.rollout_id == rollout_id, Delivery.address_id.in_(addresses)
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
