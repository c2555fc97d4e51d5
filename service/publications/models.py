"""Publications: what leaves, frozen, under one hash."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key, new_public_id


class Purpose(StrEnum):
    """What a publication is for decides whom we may write to."""

    BULK = "bulk"  # needs an active consent
    CONFIRMATION = "confirmation"  # needs a pending one, and no complaint
    STAFF = "staff"  # needs neither
    OWN = "own"  # asked for by the address's owner: a link, a change of address; needs neither


class PublicationState(StrEnum):
    """A publication's life up to approval; what follows is its rollout's."""

    HELD = "held"
    APPROVED = "approved"
    REJECTED = "rejected"
    DISCARDED = "discarded"
    EXPIRED = "expired"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class Urgency(IntEnum):
    """How much a message may impose itself."""

    DIGESTABLE = 0
    NORMAL = 1
    IMPORTANT = 2  # ignores caps
    CRITICAL = 3  # ignores caps, windows and quiet hours


class Publication(Base):
    """Content, audience and plan that are approved, hashed and sent as one."""

    __tablename__ = "publication"
    __table_args__ = (Index(None, "state", "created_at"), Index(None, "subject", "sequence"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    purpose: Mapped[Purpose]
    state: Mapped[PublicationState]
    revision: Mapped[int] = mapped_column(default=1)
    subject: Mapped[str]  # `event:…`, `list:…`, `subscription:…`: what a thread is about
    sequence: Mapped[int]
    category: Mapped[str]
    urgency: Mapped[Urgency]
    content: Mapped[dict[str, Any]]  # a `channels.base.Message`, see `freezing`
    audience: Mapped[dict[str, Any]]  # an `Audience`, see `service.subscribers.audience`
    plan: Mapped[dict[str, Any]]  # a `Plan`, see `service.publications.plans`
    hash: Mapped[str]  # SHA-256 over content, audience and plan
    submitted_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(default="")
    comment: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime | None]  # from here on, pages and feeds show it
    retracted_at: Mapped[datetime | None]  # from here on, they show it no more


class PublicationList(Base):
    """A list a publication is addressed to: its archive."""

    __tablename__ = "publication_list"

    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"), primary_key=True)
    list_id: Mapped[int] = mapped_column(
        ForeignKey("mailing_list.id"), primary_key=True, index=True
    )
