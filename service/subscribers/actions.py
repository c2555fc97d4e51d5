"""What can be done with addresses and consents. Each consent: pending → active → ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from channels.base import Address as Parsed
from channels.base import Refused
from channels.registry import Registry, Unavailable
from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Expired, NotFound, invalid
from service.subscribers import queries
from service.subscribers.filters import Choice
from service.subscribers.hashing import erased_key, hash_of
from service.subscribers.models import (
    Address,
    Consent,
    ConsentRecord,
    EndReason,
    Kind,
    Method,
    Step,
    Subscriber,
    Subscription,
    Suppression,
    ZoneOrigin,
)
from service.subscribers.suppressing import inherit
from service.subscribers.targets import Target, key_of

LONGEST_AGENT = 300  # characters kept of what a browser says of itself
UNDO = timedelta(hours=1)  # for how long a leaving can be taken back


@dataclass(frozen=True, slots=True)
class Person:
    """Who is behind a new address: language, clock, and how we know the clock."""

    locale: str
    timezone: str
    origin: ZoneOrigin
    kind: Kind = Kind.PERSON
    external_ref: str = ""  # what an upstream application calls them
    subscriber_id: int | None = None  # who it is, where they are here already
    owner_id: int | None = None  # whose system it is


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a step of a consent came about."""

    method: Method
    locale: str = ""
    text: str = ""  # what was shown
    version: int = 1  # of the description
    ip: str = ""
    agent: str = ""
    at: datetime | None = None  # None: now
    by: str = ""  # who put it forward, as the audit says: `key:7`
    message_id: str = ""  # of the mail that asked


def parse(channels: Registry, channel: str, raw: str, pointer: str = "/address") -> Parsed:
    """Return the address that *raw* spells on *channel*; raises `Invalid` at *pointer*."""
    try:
        return channels.push(channel).parse_address(raw)
    except Refused as refused:
        raise invalid(pointer, refused.detail, refused.code) from refused
    except Unavailable as unavailable:
        raise Conflict(f"{channel} is not available now", code="unavailable") from unavailable


def find_or_create(uow: UnitOfWork, channel: str, parsed: Parsed, person: Person) -> Address:
    """Return the address *parsed*, locked; made with a subscriber like *person* if it is new."""
    found = queries.address_by_key(uow.session, channel, parsed.key)
    if found is not None:
        return found
    try:
        with uow.session.begin_nested():
            return _create(uow, channel, parsed, person)
    except IntegrityError:  # somebody else was faster
        found = queries.address_by_key(uow.session, channel, parsed.key)
        if found is None:
            raise
        return found


def correspondent(uow: UnitOfWork, channel: str, parsed: Parsed, person: Person) -> Address:
    """Return the address of somebody we write to, who need not know of it: as *person* says.

    Whoever subscribed to something keeps what they chose themselves.
    """
    address = find_or_create(uow, channel, parsed, person)
    introduce(uow, uow.session.get_one(Subscriber, address.subscriber_id), person)
    return address


def introduce(uow: UnitOfWork, subscriber: Subscriber, person: Person) -> None:
    """Take over what a stranger says of a subscriber, unless somebody has proved to be it."""
    if queries.has_live(uow.session, subscriber.id):
        return
    subscriber.locale, subscriber.timezone = person.locale, person.timezone
    subscriber.timezone_origin = person.origin
    subscriber.external_ref = person.external_ref or subscriber.external_ref


def ask(
    uow: UnitOfWork, address: Address, target: Target, choice: Choice, evidence: Evidence
) -> Subscription:
    """Make *address*'s subscription to *target* pending, with what it is to want.

    Raises `Conflict` where it is active, or ended by a complaint.
    """
    subscription = queries.subscription_to(uow.session, address.id, target.key)
    if subscription is None:
        subscription = _born(uow, address, target)
    if subscription.state is Consent.ACTIVE:
        raise Conflict("it is active already", code="already_active")
    if subscription.ended_reason is EndReason.COMPLAINT:
        raise Conflict("its owner complained", code="complaint")
    # Why it ended stays until its owner answers; that it was active once must not revive it.
    subscription.state, subscription.active_at = Consent.PENDING, None
    apply(uow, subscription, choice)
    note(uow, subscription, Step.REQUESTED, evidence)
    return subscription


def accept(uow: UnitOfWork, subscription_id: int, evidence: Evidence) -> Subscription:
    """Make a pending subscription active; lifts a suppression by bounces, active or not.

    Raises `NotFound`, and `Conflict` where there is nothing left to accept.
    """
    subscription = _locked(uow, subscription_id)
    is_lifted = lift(uow, subscription.address_id)
    if subscription.state is Consent.ACTIVE and is_lifted:
        return subscription
    _must_be_pending(subscription)
    subscription.state, subscription.active_at = Consent.ACTIVE, uow.now
    subscription.ended_reason = subscription.ended_at = None
    _welcome(uow, subscription)
    note(uow, subscription, Step.ACCEPTED, evidence)
    return subscription


def refuse(uow: UnitOfWork, subscription_id: int, evidence: Evidence) -> Subscription:
    """End a pending subscription; raises `NotFound`, and `Conflict` where it is not pending."""
    subscription = _locked(uow, subscription_id)
    _must_be_pending(subscription)
    end(uow, subscription, EndReason.REFUSED)
    note(uow, subscription, Step.REFUSED, evidence)
    return subscription


def leave(uow: UnitOfWork, subscription_id: int, evidence: Evidence) -> Subscription:
    """End a subscription at once; one that has ended stays as it is. Raises `NotFound`."""
    subscription = _locked(uow, subscription_id)
    if subscription.state is Consent.ENDED:
        return subscription
    end(uow, subscription, EndReason.LEFT)
    note(uow, subscription, Step.LEFT, evidence)
    return subscription


def complain(uow: UnitOfWork, subscription_id: int, evidence: Evidence) -> Subscription:
    """End a subscription for good: no form and no program can ask for it again.

    Raises `NotFound`.
    """
    subscription = _locked(uow, subscription_id)
    if subscription.ended_reason is EndReason.COMPLAINT:
        return subscription
    end(uow, subscription, EndReason.COMPLAINT)
    note(uow, subscription, Step.COMPLAINED, evidence)
    return subscription


def lift(uow: UnitOfWork, address_id: int) -> bool:
    """Somebody read our mail: the address works. Says whether that lifted a suppression."""
    address = queries.locked_address(uow.session, address_id)
    if address is None:  # the foreign key forbids it
        return False
    address.verified_at = address.verified_at or uow.now
    if address.suppressed_at is None or address.suppressed_reason != Suppression.BOUNCE:
        return False
    address.suppressed_at, address.suppressed_reason = None, ""
    record(uow, "address.suppression_lifted", f"address:{address.id}")
    return True


def restore(
    uow: UnitOfWork, subscription_id: int, left_at: datetime, evidence: Evidence
) -> Subscription:
    """Take back the leaving of *left_at*; again is harmless.

    Raises `NotFound`, `Expired` after an hour, `Conflict` where something newer was decided or
    where it had not been accepted when it was left.
    """
    subscription = _locked(uow, subscription_id)
    if subscription.state is Consent.ACTIVE:
        return subscription
    left = (Consent.ENDED, EndReason.LEFT, left_at)
    if (subscription.state, subscription.ended_reason, subscription.ended_at) != left:
        raise Conflict("something newer was decided", code="newer")
    if subscription.active_at is None:
        raise Conflict("it had not been accepted", code="never_active")
    if uow.now > left_at + UNDO:
        raise Expired("it is too late to take this back; please subscribe again")
    subscription.state = Consent.ACTIVE
    subscription.ended_reason = subscription.ended_at = None
    _welcome(uow, subscription)
    note(uow, subscription, Step.RESTORED, evidence)
    return subscription


def apply(uow: UnitOfWork, subscription: Subscription, choice: Choice) -> None:
    """Make a subscription want exactly *choice*."""
    subscription.is_everything = choice.everything
    subscription.categories = choice.categories
    subscription.minimum_severity = choice.minimum_severity
    subscription.moments = choice.moments
    uow.session.flush()
    named = queries.Followed(choice.sections, choice.components, choice.events)
    queries.follow(uow.session, subscription.id, named)


def _create(uow: UnitOfWork, channel: str, parsed: Parsed, person: Person) -> Address:
    address = Address(
        subscriber_id=person.subscriber_id or _newcomer(uow, person).id,
        channel=channel,
        key=parsed.key,
        value=parsed.value,
        shown=parsed.shown,
        lane=parsed.lane,
        created_at=uow.now,
    )
    _remember(uow, address)
    uow.session.add(address)
    uow.session.flush()
    inherit(uow, address)
    return address


def _newcomer(uow: UnitOfWork, person: Person) -> Subscriber:
    subscriber = Subscriber(
        kind=person.kind,
        locale=person.locale,
        timezone=person.timezone,
        timezone_origin=person.origin,
        external_ref=person.external_ref,
        owner_id=person.owner_id,
        created_at=uow.now,
    )
    uow.session.add(subscriber)
    uow.session.flush()
    return subscriber


def _remember(uow: UnitOfWork, address: Address) -> None:
    """What suppressed an address that was erased suppresses it when it comes back."""
    erased = erased_key(address.channel, address.key)
    former = queries.address_by_key(uow.session, address.channel, erased)
    if former is not None:
        address.suppressed_at = former.suppressed_at
        address.suppressed_reason = former.suppressed_reason


def _born(uow: UnitOfWork, address: Address, target: Target) -> Subscription:
    subscription = Subscription(
        address_id=address.id,
        page_id=target.id if target.kind == "page" else None,
        list_id=target.id if target.kind == "list" else None,
        state=Consent.PENDING,
        created_at=uow.now,
    )
    uow.session.add(subscription)
    uow.session.flush()
    return subscription


def _locked(uow: UnitOfWork, subscription_id: int) -> Subscription:
    subscription = queries.locked_subscription(uow.session, subscription_id)
    if subscription is None:
        raise NotFound("there is no such subscription")
    return subscription


def _must_be_pending(subscription: Subscription) -> None:
    if subscription.state is Consent.ACTIVE:
        raise Conflict("already confirmed", code="already_active")
    if subscription.state is Consent.ENDED:
        raise Conflict("it has ended since", code="ended")


def end(uow: UnitOfWork, subscription: Subscription, reason: EndReason) -> None:
    """End a subscription; whoever said no is remembered."""
    subscription.state, subscription.ended_reason = Consent.ENDED, reason
    subscription.ended_at = uow.now
    if reason is not EndReason.MOVED:
        hashed = _hash(uow, subscription)
        queries.remember_refusal(uow.session, hashed, key_of(subscription), reason, uow.now)


def _welcome(uow: UnitOfWork, subscription: Subscription) -> None:
    """Who says yes is no longer remembered as having said no."""
    queries.forget_refusal(uow.session, _hash(uow, subscription), key_of(subscription))


def _hash(uow: UnitOfWork, subscription: Subscription) -> str:
    address = uow.session.get_one(Address, subscription.address_id)
    return hash_of(address.channel, address.key)


def note(uow: UnitOfWork, subscription: Subscription, step: Step, evidence: Evidence) -> None:
    """Add a step of a consent to its evidence."""
    uow.session.add(
        ConsentRecord(
            subscription_id=subscription.id,
            at=evidence.at or uow.now,
            action=step,
            method=evidence.method,
            target_version=evidence.version,
            text=evidence.text,
            locale=evidence.locale,
            ip=evidence.ip,
            agent=evidence.agent[:LONGEST_AGENT],
            by=evidence.by,
            message_id=evidence.message_id,
        )
    )
    record(uow, f"consent.{step}", f"subscription:{subscription.id}", method=evidence.method)
