"""How far outcomes were followed, and the storms in which nobody is suppressed."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key


class Followed(Base):
    """How far a reader of outcomes has come."""

    __tablename__ = "followed"

    name: Mapped[str] = mapped_column(primary_key=True)
    upto: Mapped[float]  # database's clock


class Storm(Base):
    """A provider that refuses so many at once that it is rather its fault, or ours."""

    __tablename__ = "storm"
    __table_args__ = (Index(None, "lane", "ended_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    lane: Mapped[str]
    began_at: Mapped[datetime]
    hard: Mapped[int]  # that came back within a quarter of an hour
    sent: Mapped[int]  # to that provider, meanwhile
    told_at: Mapped[datetime | None]  # when the administrators were mailed
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(default="")
