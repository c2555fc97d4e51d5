"""Exports of another status page that were handed in to be looked at."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key, new_public_id


class Takeover(Base):
    """What somebody handed in, between its preview and the import."""

    __tablename__ = "takeover"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    page: Mapped[str]  # slug, of a page there may not be yet
    language: Mapped[str]
    consent_text: Mapped[str]  # what its subscribers had agreed to; "": they are asked anew
    content: Mapped[dict[str, Any]]  # see `reading`
    created_at: Mapped[datetime]
    created_by: Mapped[str]
