"""API keys, staff, sessions, signed links and the memory of idempotent requests."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key


class Scope(StrEnum):
    """What an API key may do."""

    SUBMIT = "submit"  # events, updates, messages to lists; withdraw one's own
    MODERATE = "moderate"  # approve, reject
    ROLLOUTS = "rollouts"  # follow, pause, resume, abort
    SIGNALS = "signals"  # push numbers that gates look at, and nothing else
    PAGES = "pages"  # pages, components and their states
    SENDERS = "senders"  # name who may submit, and whom one trusts
    SUBSCRIBERS = "subscribers"  # sign people up (they still confirm), endpoints
    METRICS = "metrics"  # read /metrics, and nothing else


class Role(StrEnum):
    """What a member of staff may do; each role includes the ones below it."""

    ADMIN = "admin"
    MODERATOR = "moderator"
    AUTHOR = "author"
    VIEWER = "viewer"


class Purpose(StrEnum):
    """What a signed link is for; a link serves one purpose only."""

    SIGNUP = "signup"  # target `subscription:12`
    PREFERENCES = "preferences"  # target `address:12`
    UNSUBSCRIBE = "unsubscribe"  # target `subscription:12`
    ENDPOINTS = "endpoints"  # target `address:12`, the owner's mail address
    MANAGE = "manage"  # target `address:12`: the same page for an hour, and more on it
    ARRIVED = "arrived"  # target `address:12`: a test mail came through
    MOVE = "move"  # target `change:5`: the new address says yes
    CODE = "code"  # target `request:7`: a code, sent to the address that it proves
    STAY = "stay"  # target `change:5`: the old one says no


class ApiKey(Base):
    """A program's way in; only the digest of the key is kept."""

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Staff(Base):
    """Somebody who works in the console."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[Role]
    locale: Mapped[str] = mapped_column(default="en", server_default="en")
    totp_secret: Mapped[str] = mapped_column(default="", server_default="")  # sealed; "" for none
    totp_since: Mapped[datetime | None]  # asked for at every sign-in from here on
    totp_step: Mapped[int] = mapped_column(default=0, server_default="0")  # the last one used
    #: What a provider of single sign-on calls them; "": nobody vouched for them yet.
    oidc_subject: Mapped[str] = mapped_column(default="", server_default="")
    recovery: Mapped[list[str] | None]  # digests of codes not used yet
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class StaffSession(Base):
    """One signed-in browser; only the digest of its cookie is kept."""

    __tablename__ = "staff_session"

    digest: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    address: Mapped[str]
    agent: Mapped[str]


class SignedLink(Base):
    """A link that was mailed; only its digest is kept."""

    __tablename__ = "signed_link"

    digest: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[Purpose]
    target: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class IdempotentRequest(Base):
    """The answer to a POST, kept so that the same request gets the same answer."""

    __tablename__ = "idempotent_request"

    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]  # digest of method, path and body
    status: Mapped[int | None]  # None while the first request runs
    body: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
