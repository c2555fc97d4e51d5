"""Every SQL statement about mail that came in."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, defer

from service.inbound.models import Letter, LetterState

_MOST_ATTEMPTS = 5
_AT_ONCE = 200


def waiting(session: Session, letter_id: int) -> Letter | None:
    """A mail that nobody has settled, locked; None where there is nothing to do."""
    return session.scalar(
        select(Letter)
        .where(Letter.id == letter_id, Letter.state == LetterState.WAITING)
        .with_for_update(skip_locked=True)
    )


def lost(session: Session, before: datetime) -> Sequence[int]:
    """Mails that have waited since *before*: their job was lost, or failed."""
    return session.scalars(
        select(Letter.id)
        .where(
            Letter.state == LetterState.WAITING,
            Letter.received_at < before,
            Letter.attempts < _MOST_ATTEMPTS,
        )
        .order_by(Letter.id)
        .limit(_AT_ONCE)
    ).all()


def has_old(session: Session, before: datetime) -> bool:
    """Whether there is something to forget."""
    found = select(Letter.id).where(
        Letter.received_at < before, Letter.state != LetterState.WAITING
    )
    return session.scalar(found.limit(1)) is not None


def forget(session: Session, before: datetime) -> int:
    """Delete what came in before an instant and needs nobody any more; return how many."""
    gone = session.scalars(
        delete(Letter)
        .where(Letter.received_at < before, Letter.state != LetterState.WAITING)
        .returning(Letter.id)
    ).all()
    return len(gone)


def newest(
    session: Session, state: LetterState | None, before: int, limit: int
) -> Sequence[Letter]:
    """The last mails in a state, or in any, without their bytes; below number *before*, if any."""
    chosen = select(Letter).options(defer(Letter.raw)).order_by(Letter.id.desc()).limit(limit)
    if before:
        chosen = chosen.where(Letter.id < before)
    return session.scalars(chosen.where(Letter.state == state) if state else chosen).all()


def letter(session: Session, letter_id: int) -> Letter | None:
    """The mail with this number."""
    return session.get(Letter, letter_id)
