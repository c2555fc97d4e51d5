"""Requests to join: stored first, decided by a worker, so that no answer tells what is known."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key


class SignupDecision(StrEnum):
    """What a worker made of a request."""

    CONFIRM = "confirm"
    REMIND = "already_active"
    LIMITED = "limited"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed"  # for another reason than bounces: only staff lift that
    DECLINED = "declined"  # an invitation to what was refused or left before
    LINK = "link"  # a link of an hour to the owner's own page
    TEST = "test"  # a mail that shows whether mail arrives
    CODE = "code"  # digits for an address that its owner reads elsewhere than in mail
    KNOWN = "known"  # an invitation to what is active, or was asked before
    UNUSABLE = "unusable"  # what it asks for is gone, or the endpoint never proved itself


class SignupRequest(Base):
    """Somebody asked to subscribe an address to one page or list; perhaps its owner."""

    __tablename__ = "signup_request"
    __table_args__ = (
        Index(None, "address_key", "at"),
        Index(None, "network", "at"),
        Index(None, "decision", "due_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    submission: Mapped[str]  # the same for all that one form asked for: limits count these
    at: Mapped[datetime]
    due_at: Mapped[datetime]  # from here on a worker that searches finds it
    channel: Mapped[str]
    address_key: Mapped[str]
    target: Mapped[str]  # `page:3`, `list:1`
    network: Mapped[str]  # the asker's IPv4 address or IPv6 /64
    wish: Mapped[dict[str, Any]]  # address, locale, zone, filters; emptied once decided
    decision: Mapped[SignupDecision | None]
    answered_at: Mapped[datetime | None]  # the owner pressed one of the two buttons


class ChangeState(StrEnum):
    """A change of address waits for the new address; the old one may cancel it meanwhile."""

    ASKED = "asked"  # a worker is to mail both
    WAITING = "waiting"
    DONE = "done"
    CANCELLED = "cancelled"
    DROPPED = "dropped"  # nothing to mail: a limit, or an address that gets no mail


class AddressChange(Base):
    """Somebody wants what one address gets to go to another one."""

    __tablename__ = "address_change"
    __table_args__ = (Index(None, "address_id", "at"), Index(None, "state", "due_at"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]
    due_at: Mapped[datetime]  # from here on a worker that searches finds it
    address_id: Mapped[int] = mapped_column(ForeignKey("address.id"))
    new_address_id: Mapped[int | None] = mapped_column(ForeignKey("address.id"))
    wish: Mapped[dict[str, Any]]  # the new address, in parts; emptied once mailed
    state: Mapped[ChangeState]
    expires_at: Mapped[datetime]
    ip: Mapped[str]
    agent: Mapped[str]
