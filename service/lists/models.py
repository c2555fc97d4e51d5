"""Mailing lists."""

from datetime import datetime

from sqlalchemy import ForeignKey, true
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key, Localised, new_public_id


class MailingList(Base):
    """A list people consent to on its own."""

    __tablename__ = "mailing_list"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    slug: Mapped[str] = mapped_column(unique=True)  # also the local part of its address
    page_id: Mapped[int | None] = mapped_column(ForeignKey("page.id"))
    name: Mapped[Localised]
    description: Mapped[Localised]
    version: Mapped[int] = mapped_column(default=1)  # of the description people consented to
    languages: Mapped[list[str]]
    timezone: Mapped[str]
    sender_name: Mapped[str]
    sender_address: Mapped[str]
    is_open: Mapped[bool]  # anyone may ask to join
    is_proposed: Mapped[bool]  # proposed to new users of an upstream application
    has_archive: Mapped[bool] = mapped_column(default=True, server_default=true())  # for everybody
    position: Mapped[int]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
