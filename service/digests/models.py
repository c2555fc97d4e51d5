"""What waits for somebody's next digest, and what carried it."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base


class DigestItem(Base):
    """A message that somebody was not written on its own: theirs by digest, once."""

    __tablename__ = "digest_item"

    rollout_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    address_id: Mapped[int] = mapped_column(BigInteger)
    publication_id: Mapped[int] = mapped_column(BigInteger)
    matched: Mapped[int]  # which targets of its audience selected them
    at: Mapped[datetime]  # plan's clock: when it would have left
    known_at: Mapped[float]  # database's clock: how far we have read
    due_at: Mapped[datetime | None]  # their digest; None: not worked out yet
    digest_id: Mapped[int | None] = mapped_column(BigInteger)  # the rollout that carried it
    dropped_at: Mapped[datetime | None]  # they left, or were erased, before their digest


Index(
    "ix_digest_item_waiting",
    DigestItem.due_at,
    DigestItem.address_id,
    postgresql_where=DigestItem.digest_id.is_(None) & DigestItem.dropped_at.is_(None),
    sqlite_where=DigestItem.digest_id.is_(None) & DigestItem.dropped_at.is_(None),
)
Index("ix_digest_item_known_at", DigestItem.known_at)
