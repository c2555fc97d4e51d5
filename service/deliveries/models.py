"""Deliveries, the slices they are sent in, the lane for single ones, and what came of each attempt.

No foreign keys on the big tables and no index on anything that changes: measured, they make
loading eleven times slower.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key


class Skip(StrEnum):
    """Why somebody selected was not written to: a closed list."""

    UNSUBSCRIBED = "unsubscribed"
    PAUSED = "paused_by_subscriber"
    SUPPRESSED = "suppressed"
    SUPERSEDED = "superseded"
    CAPPED = "capped"  # over what they want to get; a digest takes it
    DIGESTED = "digested"  # they chose a digest, which takes it
    EXPIRED = "expired"
    HOLDOUT = "holdout"  # kept out by the plan, to compare with
    INVALID_ZONE = "invalid_zone"
    ERASED = "erased"


#: `Outcome.result` of somebody who was not written to; the others are `channels.base.Result`.
SKIPPED = "skipped"


class LimitScope(StrEnum):
    """What a limit is about, and what its key says."""

    GLOBAL = "global"  # `all`
    SENDER = "sender"  # the address in whose name bulk mail leaves
    CHANNEL = "channel"  # `email`
    PROVIDER = "provider"  # what staff allow a receiving provider: `email:google`
    LANE = "lane"  # how a provider or host bears it: what it refused, and its pace since then
    ROLLOUT = "rollout"  # its number


#: What is about the people behind one receiving provider or host.
BEHIND = (LimitScope.PROVIDER, LimitScope.LANE)


class DeliveryState(StrEnum):
    """Derived, never stored: see the view `delivery_state`."""

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class Delivery(Base):
    """One publication to one address. Immutable."""

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("rollout_id", "address_id"),)

    rollout_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    address_id: Mapped[int] = mapped_column(BigInteger)
    segment: Mapped[int] = mapped_column(SmallInteger)  # one channel's people of one schedule class
    bucket: Mapped[str]  # a provider big enough for slices of its own, else ""
    rank: Mapped[int] = mapped_column(BigInteger)  # who goes first; -1: outside the ramp
    matched: Mapped[int]  # bits: which targets of the audience selected it


class Slice(Base):
    """Contiguous deliveries n_lo..n_hi that one worker sends under one lease.

    A slice without a range stands for the lane of single messages of its rollout and channel: a
    pause stops both kinds alike.
    """

    __tablename__ = "slice"
    __table_args__ = (
        Index(None, "rollout_id", "n_lo"),
        Index(None, "channel", "ready"),
        Index(None, "wave_id"),
        Index(None, "publication_id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    rollout_id: Mapped[int] = mapped_column(BigInteger)
    publication_id: Mapped[int] = mapped_column(BigInteger)
    stage_id: Mapped[int | None] = mapped_column(BigInteger)
    wave_id: Mapped[int | None] = mapped_column(BigInteger)
    channel: Mapped[str]
    bucket: Mapped[str]
    n_lo: Mapped[int | None] = mapped_column(BigInteger)  # None: lane two
    n_hi: Mapped[int | None] = mapped_column(BigInteger)
    ready: Mapped[bool]  # may be claimed and marked: its wave is due, its rollout runs
    urgency: Mapped[int]
    open_at: Mapped[datetime | None]  # plan's clock: its own moment early in the window
    close_at: Mapped[datetime | None]  # plan's clock: end of the window
    any_hour: Mapped[bool] = mapped_column(default=False)  # late, and told whatever the hour
    fence: Mapped[int] = mapped_column(default=0)  # grows with each claim and each stop
    owner: Mapped[str | None]
    lease_until: Mapped[float | None]  # database's clock, Unix seconds
    marked_upto: Mapped[int | None] = mapped_column(BigInteger)  # up to here: left or leaving
    settled_upto: Mapped[int | None] = mapped_column(BigInteger)  # up to here: first outcome known
    touched_at: Mapped[float | None]  # database's clock: its last settling
    on_unknown: Mapped[str]  # hold or resend, from the plan
    # What its people came to; those with a row in lane two count as moved until that is settled.
    # Marked people of whom nothing is counted are being sent.
    sent: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    unknown: Mapped[int] = mapped_column(default=0)
    moved: Mapped[int] = mapped_column(default=0)
    stages: Mapped[int] = mapped_column(default=0, server_default="0")  # of a lane's rollout


class LaneTwo(Base):
    """A single message to send: a retry, somebody passed over, a late joiner, a webhook."""

    __tablename__ = "lane_two"
    __table_args__ = (UniqueConstraint("rollout_id", "n"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    rollout_id: Mapped[int] = mapped_column(BigInteger)
    n: Mapped[int] = mapped_column(BigInteger)
    slice_id: Mapped[int] = mapped_column(BigInteger)  # the rangeless one
    channel: Mapped[str]
    lane: Mapped[str]
    bucket: Mapped[str] = mapped_column(default="", server_default="")  # as its delivery's
    address_id: Mapped[int] = mapped_column(BigInteger)  # claims are fair between addresses
    urgency: Mapped[int]
    due_at: Mapped[datetime]  # plan's clock
    hold_until: Mapped[float] = mapped_column(default=0.0)  # database's clock
    attempt: Mapped[int]  # the one to make next, or being made
    owner: Mapped[str | None]
    lease_until: Mapped[float | None]  # database's clock; set: the attempt is under way


class Outcome(Base):
    """What one attempt came to. Insert-only; only `unknown` may be resolved, once."""

    __tablename__ = "outcome"

    rollout_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    attempt: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    result: Mapped[str]
    scope: Mapped[str]
    reason: Mapped[str]
    code: Mapped[str]
    detail: Mapped[str]
    reference: Mapped[str]
    at: Mapped[datetime]  # plan's clock
    known_at: Mapped[float]  # database's clock: when it was written


class Echo(StrEnum):
    """What came back of a message, and on whom it weighs."""

    HARD_BOUNCE = "hard_bounce"  # the address is dead
    SOFT_BOUNCE = "soft_bounce"  # the mailbox takes nothing now
    COMPLAINT = "complaint"  # its reader does not want it
    BLAME = "blame"  # of the sender, the message or the way: never the reader's fault


class DeliveryEvent(Base):
    """What came back of a delivery: bounces and complaints; each kind counts once."""

    __tablename__ = "delivery_event"
    __table_args__ = (Index(None, "address_id", "at"), Index(None, "lane", "kind", "at"))

    rollout_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[Echo] = mapped_column(primary_key=True)
    at: Mapped[datetime]  # plan's clock
    detail: Mapped[str] = mapped_column(default="")  # the far side's words
    address_id: Mapped[int | None] = mapped_column(BigInteger)
    lane: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")  # `smtp`, `mail`, or the provider that told
    cause: Mapped[str] = mapped_column(default="")  # `channels.email.bounces.causes.Cause`
    is_void: Mapped[bool] = mapped_column(default=False)  # of a storm that was nobody's fault


class Limit(Base):
    """What holds a scope back: a rate, failures in a row, or a pause the far side asked for.

    Everything is on the database's clock: one for any number of processes.
    """

    __tablename__ = "limit"

    scope: Mapped[str] = mapped_column(primary_key=True)  # a `LimitScope`
    key: Mapped[str] = mapped_column(primary_key=True)  # `email`, `email:google`, an address, an id
    hold_until: Mapped[float]
    failures: Mapped[int]  # in a row
    most: Mapped[float | None]  # messages in any `period`; None: no rate
    period: Mapped[int | None]  # seconds
    free_at: Mapped[float] = mapped_column(default=0.0, server_default="0")  # no token before
    warm_from: Mapped[float | None]  # a new sender's first day: its rate grows from here


class Received(Base):
    """A ring of the last messages an address got: its oldest place is the next to be taken."""

    __tablename__ = "received"

    address_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]  # plan's clock
    rollout_id: Mapped[int] = mapped_column(BigInteger)
    n: Mapped[int] = mapped_column(BigInteger)


class Circuit(Base):
    """How an address that fails is spared: it is asked again now and then, not with everything."""

    __tablename__ = "circuit"

    address_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    failures: Mapped[int]  # in a row
    failing_since: Mapped[datetime | None]  # plan's clock; None: the last attempt went well
    probe_at: Mapped[float]  # database's clock: nothing before; 0: closed
    succeeded_at: Mapped[datetime | None]  # plan's clock


class Attempt(Base):
    """What went over the wire in one attempt on a channel of programs; kept for some weeks."""

    __tablename__ = "attempt"
    __table_args__ = (Index(None, "address_id", "id"), Index(None, "at"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    address_id: Mapped[int] = mapped_column(BigInteger)
    parcel: Mapped[str]  # what the far side knows it by
    kind: Mapped[str]  # `incident.created`
    attempt: Mapped[int]
    at: Mapped[datetime]
    result: Mapped[str]
    reason: Mapped[str]
    detail: Mapped[str]
    trace: Mapped[dict[str, Any]]  # see `journal`
    next_at: Mapped[datetime | None]  # None: there is no next
    why: Mapped[str]  # there is, or is no, next


def _partial(name: str, *columns: Any, where: ColumnElement[bool]) -> Index:
    return Index(name, *columns, postgresql_where=where, sqlite_where=where)


# What was refused for good is little too, and bounces follow it.
_partial("ix_outcome_refused", Outcome.known_at, where=Outcome.result == "permanent")
# What is leased is little, and neither index is written by a mark that renews a lease.
_partial("ix_slice_leased", Slice.id, where=Slice.owner.is_not(None))
_partial("ix_lane_two_leased", LaneTwo.address_id, where=LaneTwo.owner.is_not(None))
# By rollout and by big provider, so that what is paused or held is never read at all.
_partial(
    "ix_lane_two_offered",
    LaneTwo.slice_id,
    LaneTwo.bucket,
    LaneTwo.due_at,
    where=LaneTwo.owner.is_(None),
)
# Few are refused, and a guard asks for them every minute.
_partial("ix_outcome_refused_of", Outcome.rollout_id, where=Outcome.result == "permanent")
_partial(
    "ix_slice_lane",
    Slice.channel,
    Slice.ready,
    Slice.urgency,
    Slice.id,
    where=Slice.n_lo.is_(None),
)
# What people get by digest, in the order in which it became known.
_partial(
    "ix_outcome_digested",
    Outcome.known_at,
    where=(Outcome.result == "skipped") & Outcome.reason.in_(("capped", "digested")),
)
