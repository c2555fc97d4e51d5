"""Every SQL statement about mail that came in."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, or_, select
from sqlalchemy.orm import Session, aliased, defer

from service.inbound.models import HELD_FILES, Letter, LetterState
from service.publications.models import Publication, PublicationState

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
    found = select(Letter.id).where(*_is_old(before))
    return session.scalar(found.limit(1)) is not None


def _is_old(before: datetime) -> list[ColumnElement[bool]]:
    """What nobody needs: not the mail whose files a message links that may leave, or has left."""
    posted, newest = aliased(Publication), aliased(Publication)
    alive = exists().where(
        posted.public_id == Letter.detail,
        newest.subject == posted.subject,
        newest.state.in_((PublicationState.HELD, PublicationState.APPROVED)),
    )
    unlinked = or_(Letter.outcome != HELD_FILES, ~alive)
    return [Letter.received_at < before, Letter.state != LetterState.WAITING, unlinked]


def has_left(session: Session, public_id: str) -> bool:
    """Whether a post has begun to leave, in whatever revision."""
    posted, sent = aliased(Publication), aliased(Publication)
    found = (
        select(sent.id)
        .join(posted, posted.subject == sent.subject)
        .where(posted.public_id == public_id, sent.started_at.is_not(None))
    )
    return session.scalar(found.limit(1)) is not None


def has_answered(session: Session, subject: str, since: datetime) -> bool:
    """Whether something about what begins like *subject* was written since."""
    found = select(Publication.id).where(
        Publication.subject.startswith(subject, autoescape=True), Publication.created_at > since
    )
    return session.scalar(found.limit(1)) is not None


def forget(session: Session, before: datetime) -> int:
    """Delete what came in before an instant and needs nobody any more; return how many."""
    gone = session.scalars(delete(Letter).where(*_is_old(before)).returning(Letter.id)).all()
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
