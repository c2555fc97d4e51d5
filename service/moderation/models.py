"""Who may submit what."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key, new_public_id


class Stance(StrEnum):
    """What becomes of what a sender submits."""

    REFUSED = "refused"  # it is not even held
    MODERATED = "moderated"  # it is held
    TRUSTED = "trusted"  # it leaves at once


class Sender(Base):
    """A program or a mail address that may submit; its rules refine *stance*."""

    __tablename__ = "sender"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    name: Mapped[str] = mapped_column(unique=True)
    api_key_id: Mapped[int | None] = mapped_column(ForeignKey("api_key.id"), unique=True)
    address: Mapped[str | None] = mapped_column(unique=True)  # in small letters
    stance: Mapped[Stance]
    secret: Mapped[str | None] = mapped_column(unique=True)  # digest of the word in its address
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class SenderRule(Base):
    """An exception to a sender's stance; "" stands for every category, or every page and list."""

    __tablename__ = "sender_rule"
    __table_args__ = (UniqueConstraint("sender_id", "category", "target"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    sender_id: Mapped[int] = mapped_column(ForeignKey("sender.id"))
    category: Mapped[str]
    target: Mapped[str]  # `page:3`, `list:1`
    stance: Mapped[Stance]
