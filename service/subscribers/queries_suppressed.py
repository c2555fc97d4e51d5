"""Every SQL statement about the suppression list."""

from collections.abc import Sequence

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from service.subscribers.models import Address, SuppressedStranger


def page_of(
    session: Session, wanted: str, reason: str, after: int, limit: int
) -> Sequence[Address]:
    """Suppressed addresses that begin with *wanted*, by number, behind number *after*."""
    return session.scalars(_chosen(wanted, reason).where(Address.id > after).limit(limit)).all()


def counted(session: Session) -> dict[str, int]:
    """How many addresses are suppressed, by reason."""
    found = session.execute(
        select(Address.suppressed_reason, func.count())
        .where(Address.suppressed_at.is_not(None))
        .group_by(Address.suppressed_reason)
    )
    return {reason: number for reason, number in found}  # noqa: C416 - rows, not pairs


def strangers(session: Session) -> int:
    """How many are on the list whom nobody knows."""
    return session.scalar(select(func.count()).select_from(SuppressedStranger)) or 0


def forget_stranger(session: Session, hashed: str) -> bool:
    """Take a hash off the list; False where it was not on it."""
    gone = session.scalar(
        delete(SuppressedStranger)
        .where(SuppressedStranger.address_hash == hashed)
        .returning(SuppressedStranger.address_hash)
    )
    return gone is not None


def _chosen(wanted: str, reason: str) -> Select[Address]:
    chosen = select(Address).where(Address.suppressed_at.is_not(None)).order_by(Address.id)
    if wanted:
        chosen = chosen.where(Address.key.startswith(wanted.lower(), autoescape=True))
    return chosen.where(Address.suppressed_reason == reason) if reason else chosen
