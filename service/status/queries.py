"""Every SQL statement of the public site: what has been approved and has started, nothing else.

Each function makes a fixed number of statements, whatever the number of rows.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from service.events import queries as events
from service.events.models import Category, Event, EventStage, EventUpdate
from service.events.stages import ENDS
from service.pages import queries as pages
from service.pages.models import Component, Page
from service.publications.models import Publication, PublicationState
from service.status.stories import Entry, Grid, Story

#: How long an announcement without an end stays on the overview.
FRESH = timedelta(days=30)


def grid(session: Session, page: Page) -> Grid:
    """A page's sections and components with the state each is in; three statements."""
    return Grid(
        sections=pages.sections(session, page.id),
        known=components(session, page.id),
        states=pages.effective_states(session, page.id),
    )


def current(
    session: Session, page_id: int, now: datetime, *, ended_after: datetime, most: int = 60
) -> list[Story]:
    """What is running, planned or announced, and what ended after *ended_after*; newest first."""
    newest = (
        _visible(now, EventUpdate.event_id, EventUpdate.stage, EventUpdate.ends_at, _started())
        .add_columns(
            func.row_number()
            .over(partition_by=EventUpdate.event_id, order_by=EventUpdate.no.desc())
            .label("age")
        )
        .join(Event, Event.id == EventUpdate.event_id)
        .where(Event.page_id == page_id)
        .subquery()
    )
    over = newest.c.stage.in_(ENDS)
    fresh = or_(
        Event.category != Category.ANNOUNCEMENT,
        newest.c.ends_at > now,
        and_(newest.c.ends_at.is_(None), newest.c.started_at > now - FRESH),
    )
    found = session.scalars(
        select(Event)
        .join(newest, and_(newest.c.event_id == Event.id, newest.c.age == 1))
        .where(newest.c.stage != EventStage.RETRACTED)
        .where(or_(and_(~over, fresh), and_(over, newest.c.started_at > ended_after)))
        .order_by(newest.c.started_at.desc(), Event.id.desc())
        .limit(most)
    ).all()
    return _stories(session, now, found)


def story(session: Session, page_id: int, now: datetime, public_id: str) -> Story | None:
    """One event of a page, if the public may know of it."""
    found = session.scalars(
        select(Event).where(Event.page_id == page_id, Event.public_id == public_id)
    ).all()
    told = [each for each in _stories(session, now, found) if each.entries]
    return told[0] if told else None


def newest(
    session: Session,
    page_id: int,
    now: datetime,
    categories: Collection[Category],
    most: int = 50,
) -> list[tuple[Event, Entry]]:
    """A page's newest updates of *categories*, newest first."""
    rows = session.execute(
        _visible(now, EventUpdate, _started(), Event)
        .join(Event, Event.id == EventUpdate.event_id)
        .where(Event.page_id == page_id, Event.category.in_(categories))
        .order_by(_started().desc(), EventUpdate.id.desc())
        .limit(most)
    ).all()
    given = events.states(session, [update.id for update, *_ in rows])
    return [(event, Entry(update, at, given[update.id])) for update, at, event in rows]


def components(session: Session, page_id: int) -> dict[int, Component]:
    """A page's components by id, those retired since included."""
    return {each.id: each for each in pages.every_component(session, page_id)}


def _stories(session: Session, now: datetime, found: Iterable[Event]) -> list[Story]:
    of_these = {event.id: event for event in found}
    rows = session.execute(
        _visible(now, EventUpdate, _started())
        .where(EventUpdate.event_id.in_(list(of_these)))
        .order_by(EventUpdate.no.desc())
    ).all()
    given = events.states(session, [update.id for update, _ in rows])
    entries: defaultdict[int, list[Entry]] = defaultdict(list)
    for update, at in rows:
        entries[update.event_id].append(Entry(update, at, given[update.id]))
    return [Story(event, tuple(entries[event.id])) for event in of_these.values()]


def _visible(now: datetime, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .join(Publication, Publication.id == EventUpdate.publication_id)
        .where(Publication.state == PublicationState.APPROVED, Publication.started_at <= now)
    )


def _started() -> ColumnElement[Any]:
    return Publication.started_at.label("started_at")
