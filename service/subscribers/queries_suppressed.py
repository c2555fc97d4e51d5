"""Every SQL statement about the suppression list."""

from collections.abc import Iterator

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.subscribers.models import Address, SuppressedStranger


def every(session: Session, reason: str = "") -> Iterator[Address]:
    """All suppressed addresses, by number, a thousand at a time."""
    chosen = select(Address).where(Address.suppressed_at.is_not(None)).order_by(Address.id)
    if reason:
        chosen = chosen.where(Address.suppressed_reason == reason)
    yield from session.scalars(chosen.execution_options(yield_per=1000))


def forget_stranger(session: Session, hashed: str) -> bool:
    """Take a hash off the list; False where it was not on it."""
    gone = session.scalar(
        delete(SuppressedStranger)
        .where(SuppressedStranger.address_hash == hashed)
        .returning(SuppressedStranger.address_hash)
    )
    return gone is not None
