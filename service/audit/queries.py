"""Every SQL statement about the audit trail."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audit.models import AuditEntry


def entries(
    session: Session,
    *,
    action: str = "",
    by: str = "",
    subject: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[AuditEntry]:
    """What was done, newest first: actions that start with *action*, *by* one, about *subject*.

    From *since* on, before *until*, and older than the entry *before*.
    """
    conditions = []
    if action:
        conditions.append(AuditEntry.action.startswith(action, autoescape=True))
    if by:
        conditions.append(AuditEntry.by == by)
    if subject:
        conditions.append(AuditEntry.subject.startswith(subject, autoescape=True))
    if since is not None:
        conditions.append(AuditEntry.at >= since)
    if until is not None:
        conditions.append(AuditEntry.at < until)
    if before is not None:
        conditions.append(AuditEntry.id < before)
    return session.scalars(
        select(AuditEntry).where(*conditions).order_by(AuditEntry.id.desc()).limit(limit)
    ).all()
