"""Hooks: how the words of a tool become incidents on a page."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key, new_public_id


class Hook(Base):
    """A mapping from what a tool posts to a page's incidents, by paths into its JSON."""

    __tablename__ = "hook"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    name: Mapped[str] = mapped_column(unique=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    mapping: Mapped[dict[str, str]]  # see `Mapping`
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
