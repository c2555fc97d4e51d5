"""People and systems, where they are reached, what they want, and the evidence of their consent."""

import secrets
from datetime import datetime, time
from enum import IntFlag, StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key

#: The field in which ranks are shuffled: 2³¹-1 is prime, and a product of two fits 64 bits.
SHUFFLE_PRIME = 2**31 - 1


class Kind(StrEnum):
    """Windows, quiet hours and growth are for persons; systems are told at once."""

    PERSON = "person"
    SYSTEM = "system"


class ZoneOrigin(StrEnum):
    """How we know somebody's time zone."""

    CHOSEN = "chosen"
    REGION = "region"  # theirs has one zone only
    FALLBACK = "fallback"


class Consent(StrEnum):
    """A subscription is born pending; only its owner makes it active."""

    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


class EndReason(StrEnum):
    """Why a subscription ended."""

    REFUSED = "refused"
    LEFT = "left"
    COMPLAINT = "complaint"
    ERASED = "erased"
    MOVED = "moved"  # its owner has another address now


class Frequency(StrEnum):
    """How often somebody wants to be written to; incidents that matter do not wait."""

    IMMEDIATE = "immediate"
    DAILY = "daily"
    WEEKLY = "weekly"


class Step(StrEnum):
    """One step of a consent, as evidence."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LEFT = "left"
    COMPLAINED = "complained"
    RESTORED = "restored"  # a leaving undone at once
    MOVED = "moved"  # to another address of the same person
    ERASED = "erased"


class Method(StrEnum):
    """How a step came about."""

    FORM = "form"
    API = "api"
    LINK = "link"
    ONE_CLICK = "one_click"
    CHALLENGE = "challenge"  # an endpoint answered
    INVITATION = "invitation"  # an upstream application proposed it
    IMPORT = "import"  # taken over with its evidence
    MAIL = "mail"  # a reply, or a message to an address made for it
    AGE = "age"  # nobody answered for long
    REPORT = "report"  # a mail provider told of a complaint


class Suppression(StrEnum):
    """Why an address gets no bulk mail."""

    BOUNCE = "bounce"  # a confirmation may lift it
    STAFF = "staff"
    PAUSED = "endpoint_paused"  # by its owner
    SUSPENDED = "endpoint_suspended"  # it failed for days
    GONE = "endpoint_gone"  # it said that it will never come back


class Categories(IntFlag):
    """Which categories somebody wants, as bits."""

    INCIDENT = 1
    MAINTENANCE = 2
    ACTION_REQUIRED = 4
    ANNOUNCEMENT = 8


ALL_CATEGORIES = int(~Categories(0))


class Moment(IntFlag):
    """Which words of an event somebody wants, as bits."""

    OPENING = 1  # the first
    PROGRESS = 2  # what is found out and done
    END = 4  # that it is over


ALL_MOMENTS = int(~Moment(0))


class Subscriber(Base):
    """A person or a system, whatever the number of addresses."""

    __tablename__ = "subscriber"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[Kind] = mapped_column(default=Kind.PERSON)
    locale: Mapped[str]
    timezone: Mapped[str] = mapped_column(index=True)
    timezone_origin: Mapped[ZoneOrigin]
    shuffle_key: Mapped[int] = mapped_column(default=lambda: secrets.randbelow(SHUFFLE_PRIME))
    quiet_from: Mapped[time | None]
    quiet_to: Mapped[time | None]
    paused_until: Mapped[datetime | None]
    frequency: Mapped[Frequency] = mapped_column(
        default=Frequency.IMMEDIATE, server_default=Frequency.IMMEDIATE
    )
    cap_most: Mapped[int | None]  # messages in any `cap_hours`; None: no cap
    cap_hours: Mapped[int | None]
    # What staff, programs and imports say of them; it selects cohorts and never consents.
    region: Mapped[str] = mapped_column(default="", server_default="")
    group_name: Mapped[str] = mapped_column(default="", server_default="")
    client: Mapped[str] = mapped_column(default="", server_default="")
    party: Mapped[str] = mapped_column(default="", server_default="")
    external_ref: Mapped[str] = mapped_column(default="", server_default="", index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("subscriber.id"))  # of a system
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class Address(Base):
    """Where a subscriber is reached on one channel."""

    __tablename__ = "address"
    __table_args__ = (UniqueConstraint("channel", "key"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"), index=True)
    channel: Mapped[str]
    key: Mapped[str]
    value: Mapped[str]
    shown: Mapped[str]
    lane: Mapped[str]
    secrets: Mapped[str] = mapped_column(default="")  # sealed by `service.access`; newest first
    options: Mapped[dict[str, str] | None]  # what its owner chose of its channel: a format …
    verified_at: Mapped[datetime | None]
    suppressed_at: Mapped[datetime | None] = mapped_column(index=True)
    suppressed_reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


class Subscription(Base):
    """One address's consent to one page or one list, and what it wants of it."""

    __tablename__ = "subscription"
    __table_args__ = (
        UniqueConstraint("address_id", "page_id"),
        UniqueConstraint("address_id", "list_id"),
        CheckConstraint("(page_id IS NULL) <> (list_id IS NULL)", name="one_target"),
        Index(None, "page_id", "state"),
        Index(None, "list_id", "state"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("address.id"))
    page_id: Mapped[int | None] = mapped_column(ForeignKey("page.id"))
    list_id: Mapped[int | None] = mapped_column(ForeignKey("mailing_list.id"))
    state: Mapped[Consent]
    ended_reason: Mapped[EndReason | None]
    is_everything: Mapped[bool] = mapped_column(default=True)  # future components included
    categories: Mapped[int] = mapped_column(default=ALL_CATEGORIES)
    minimum_severity: Mapped[int] = mapped_column(default=0)  # index into `SEVERITIES`
    moments: Mapped[int] = mapped_column(default=ALL_MOMENTS, server_default=str(ALL_MOMENTS))
    created_at: Mapped[datetime]
    active_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class SubscribedSection(Base):
    """A section followed as it changes: its members are looked up when sending."""

    __tablename__ = "subscribed_section"

    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"), primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), primary_key=True)


class SubscribedComponent(Base):
    """A component followed on its own."""

    __tablename__ = "subscribed_component"

    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"), primary_key=True)
    component_id: Mapped[int] = mapped_column(ForeignKey("component.id"), primary_key=True)


class SubscribedEvent(Base):
    """An event followed on its own, whatever its components, category and severity."""

    __tablename__ = "subscribed_event"

    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)  # `event:k2j3…`, as publications say


class Done(Base):
    """Who said that they have done what an event asks of them: no reminder goes there."""

    __tablename__ = "action_done"

    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)  # `event:k2j3…`, as publications say
    at: Mapped[datetime]


class Refusal(Base):
    """Who said no to what: an invitation is not repeated, even after the address was erased."""

    __tablename__ = "refusal"

    address_hash: Mapped[str] = mapped_column(primary_key=True)  # see `service.subscribers.hashing`
    target: Mapped[str] = mapped_column(primary_key=True)  # `list:1`
    at: Mapped[datetime]
    reason: Mapped[EndReason]


class Reached(Base):
    """Somebody a rollout reached, or may have reached: the audience of its correction."""

    __tablename__ = "reached"

    rollout_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    address_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    matched: Mapped[int]  # which targets had selected it then


class SuppressedStranger(Base):
    """Somebody on an imported suppression list whom we do not know: only the hash is kept."""

    __tablename__ = "suppressed_stranger"

    address_hash: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str]


class ConsentRecord(Base):
    """Evidence of one step of a consent. Append-only; it outlives the subscription."""

    __tablename__ = "consent_record"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"), index=True)
    at: Mapped[datetime]
    action: Mapped[Step]
    method: Mapped[Method]
    target_version: Mapped[int]  # of the description consented to
    text: Mapped[str]  # what was shown
    locale: Mapped[str]
    ip: Mapped[str]
    agent: Mapped[str]
    by: Mapped[str] = mapped_column(default="", server_default="")  # as the audit says: `key:7`
    message_id: Mapped[str] = mapped_column(default="", server_default="")  # of the mail that asked
