"""Every SQL statement about hooks."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.events.models import Event
from service.hooks.models import Hook


def by_name(session: Session, name: str) -> Hook | None:
    """The hook called *name*, in use or not."""
    return session.scalar(select(Hook).where(Hook.name == name))


def hooks(session: Session) -> Sequence[Hook]:
    """Every hook in use."""
    return session.scalars(select(Hook).where(Hook.retired_at.is_(None)).order_by(Hook.name)).all()


def told_of(session: Session, page_id: int, key: str) -> Event | None:
    """The newest event of a page that a tool knows by *key*, locked."""
    return session.scalar(
        select(Event)
        .where(Event.page_id == page_id, Event.external_key == key)
        .order_by(Event.id.desc())
        .limit(1)
        .with_for_update()
    )
