"""The audit trail: append-only."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key


class AuditEntry(Base):
    """One thing that somebody did, or that the service decided."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str]
    action: Mapped[str]  # `publication.approved`
    subject: Mapped[str] = mapped_column(index=True)  # `publication:k2j3…`
    detail: Mapped[dict[str, Any]]
