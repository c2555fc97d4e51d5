"""What is here already of what an export names."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.events.models import Event, EventUpdate
from service.pages.models import Component, Page, Section
from service.transfers.models import Takeover

BATCH = 500  # names of one statement


def page_of_slug(session: Session, slug: str) -> Page | None:
    """The page of this slug, retired or not: nobody else may have it."""
    return session.scalar(select(Page).where(Page.slug == slug))


def homes(
    session: Session, kind: type[Section] | type[Component] | type[Event], names: Collection[str]
) -> dict[str, int]:
    """The pages of those public ids that are taken, by public id."""
    found: dict[str, int] = {}
    for batch in _batches(names):
        rows = session.execute(
            select(kind.public_id, kind.page_id).where(kind.public_id.in_(batch))
        )
        found.update({row[0]: row[1] for row in rows})
    return found


def events(session: Session, page_id: int, names: Collection[str]) -> dict[str, Event]:
    """Events of a page by public id."""
    found: dict[str, Event] = {}
    for batch in _batches(names):
        rows = session.scalars(
            select(Event).where(Event.page_id == page_id, Event.public_id.in_(batch))
        )
        found.update({row.public_id: row for row in rows})
    return found


def updates(session: Session, names: Collection[str]) -> set[str]:
    """Which public ids of updates are taken."""
    found: set[str] = set()
    for batch in _batches(names):
        found.update(
            session.scalars(select(EventUpdate.public_id).where(EventUpdate.public_id.in_(batch)))
        )
    return found


def component_ids(session: Session, page_id: int) -> dict[str, int]:
    """The ids of a page's components, retired ones included, by public id."""
    rows = session.execute(
        select(Component.public_id, Component.id).where(Component.page_id == page_id)
    )
    return {row[0]: row[1] for row in rows}


def takeover(session: Session, public_id: str) -> Takeover | None:
    """What was handed in under this name."""
    return session.scalar(select(Takeover).where(Takeover.public_id == public_id))


def for_taking(session: Session, public_id: str) -> Takeover | None:
    """The same, locked."""
    return session.scalar(select(Takeover).where(Takeover.public_id == public_id).with_for_update())


def is_stale(session: Session, before: datetime) -> bool:
    """Whether something handed in *before* an instant is still kept."""
    found = select(Takeover.id).where(Takeover.created_at < before).limit(1)
    return session.scalar(found) is not None


def forget(session: Session, before: datetime) -> None:
    """Delete what was handed in *before* an instant."""
    session.execute(delete(Takeover).where(Takeover.created_at < before))


def _batches(names: Collection[str]) -> list[list[str]]:
    every = list(names)
    return [every[start : start + BATCH] for start in range(0, len(every), BATCH)]
