"""Every SQL statement of the public site: what has been approved and has started, nothing else.

Each function makes a fixed number of statements, whatever the number of rows.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, or_, select
from sqlalchemy.orm import Session

from service.events import queries as events
from service.events.models import Category, Event, EventStage, EventUpdate, UpdateComponent
from service.events.stages import ENDS
from service.pages import queries as pages
from service.pages import queries_log as log
from service.pages.models import Component, Page
from service.publications.models import Publication, PublicationState
from service.status.stories import Entry, Grid, Story

#: The stages of an incident that runs.
UNDER_WAY = frozenset({EventStage.INVESTIGATING, EventStage.IDENTIFIED, EventStage.MONITORING})
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
    newest = newest_words(now, Event.page_id == page_id)
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
    return with_words(session, now, found)


def running(session: Session, page_id: int, now: datetime) -> tuple[list[Story], list[Story]]:
    """What stands above every page: its incidents that run, its general messages; newest first."""
    incidents = of_category(session, page_id, now, Category.INCIDENT, UNDER_WAY)
    general = of_category(session, page_id, now, Category.GENERAL, {EventStage.PUBLISHED})
    return incidents, [
        story
        for story in general
        if story.begins <= now and (story.last.ends_at is None or story.last.ends_at > now)
    ]


def of_category(
    session: Session,
    page_id: int,
    now: datetime,
    category: Category,
    stages: Collection[EventStage] | None = None,
    most: int = 50,
) -> list[Story]:
    """The newest events of one category, retracted ones left out, in *stages* if any are named."""
    last = newest_words(now, Event.page_id == page_id, Event.category == category)
    statement = (
        select(Event)
        .join(last, and_(last.c.event_id == Event.id, last.c.age == 1))
        .where(last.c.stage != EventStage.RETRACTED)
        .order_by(func.coalesce(last.c.starts_at, last.c.started_at).desc(), Event.id.desc())
        .limit(most)
    )
    if stages is not None:
        statement = statement.where(last.c.stage.in_(stages))
    return with_words(session, now, session.scalars(statement).all())


def last_change(session: Session, page: Page, now: datetime) -> datetime:
    """When the public last learned something of a page."""
    told = session.scalar(
        _visible(now, func.max(Publication.started_at))
        .join(Event, Event.id == EventUpdate.event_id)
        .where(Event.page_id == page.id)
    )
    said = log.changed_at(session, page.id).values()
    known: list[datetime] = [page.created_at, *said, *([told] if told else [])]
    return max(known)


def story(session: Session, page_id: int, now: datetime, public_id: str) -> Story | None:
    """One event of a page, if the public may know of it."""
    found = session.scalars(
        select(Event).where(Event.page_id == page_id, Event.public_id == public_id)
    ).all()
    told = [each for each in with_words(session, now, found) if each.entries]
    return told[0] if told else None


def newest(
    session: Session,
    page_id: int,
    now: datetime,
    categories: Collection[Category],
    components: Collection[int] | None = None,
    event_id: str = "",
    most: int = 50,
) -> list[tuple[Event, Entry]]:
    """A page's newest updates of *categories*, newest first.

    Of some *components* only, or of the one event with a public id, if they are named.
    """
    statement = (
        _visible(now, EventUpdate, _started(), Publication.sequence, Event)
        .join(Event, Event.id == EventUpdate.event_id)
        .where(Event.page_id == page_id, Event.category.in_(categories))
        .order_by(_started().desc(), EventUpdate.id.desc())
        .limit(most)
    )
    if components is not None:
        statement = statement.where(Event.id.in_(touching(*components)))
    if event_id:
        statement = statement.where(Event.public_id == event_id)
    rows = session.execute(statement).all()
    given = events.states(session, [update.id for update, *_ in rows])
    return [
        (event, Entry(update, at, given[update.id], sequence))
        for update, at, sequence, event in rows
    ]


def components(session: Session, page_id: int) -> dict[int, Component]:
    """A page's components by id, those retired since included."""
    return {each.id: each for each in pages.every_component(session, page_id)}


def touching(*components: int) -> Select[Any]:
    """The ids of the events that ever spoke of one of *components*."""
    return (
        select(EventUpdate.event_id)
        .join(UpdateComponent, UpdateComponent.update_id == EventUpdate.id)
        .where(UpdateComponent.component_id.in_(components))
    )


def newest_words(now: datetime, *concerned: ColumnElement[bool]) -> Subquery:
    """The public updates of events, each with its age: 1 is the newest word."""
    return (
        _visible(
            now,
            EventUpdate.event_id,
            EventUpdate.stage,
            EventUpdate.starts_at,
            EventUpdate.ends_at,
            _started(),
        )
        .add_columns(
            func.row_number()
            .over(partition_by=EventUpdate.event_id, order_by=EventUpdate.no.desc())
            .label("age")
        )
        .join(Event, Event.id == EventUpdate.event_id)
        .where(*concerned)
        .subquery()
    )


def with_words(session: Session, now: datetime, found: Iterable[Event]) -> list[Story]:
    """Events with all their public updates; two statements."""
    of_these = {event.id: event for event in found}
    rows = session.execute(
        _visible(now, EventUpdate, _started(), Publication.sequence)
        .where(EventUpdate.event_id.in_(list(of_these)))
        .order_by(EventUpdate.no.desc())
    ).all()
    given = events.states(session, [update.id for update, *_ in rows])
    entries: defaultdict[int, list[Entry]] = defaultdict(list)
    for update, at, sequence in rows:
        entries[update.event_id].append(Entry(update, at, given[update.id], sequence))
    return [Story(event, tuple(entries[event.id])) for event in of_these.values()]


def _visible(now: datetime, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(EventUpdate)
        .join(Publication, Publication.id == EventUpdate.publication_id)
        .where(
            Publication.state == PublicationState.APPROVED,
            Publication.started_at <= now,
            Publication.retracted_at.is_(None),
        )
    )


def _started() -> ColumnElement[Any]:
    return Publication.started_at.label("started_at")
