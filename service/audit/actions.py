"""Writes the audit trail."""

from typing import Any

from service.audit.models import AuditEntry
from service.db.unit_of_work import UnitOfWork


def record(uow: UnitOfWork, action: str, subject: str, **detail: Any) -> None:
    """Note that `uow.by` did *action* to *subject*, in the same transaction as the change itself.

    *detail* holds JSON values; never a secret, never an address in full.
    """
    uow.session.add(
        AuditEntry(at=uow.now, by=uow.by, action=action, subject=subject, detail=detail)
    )
