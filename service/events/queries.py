"""Every SQL statement about events."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from service.events.models import Category, Event, EventUpdate, UpdateComponent
from service.events.stages import IN_FORCE
from service.events.story import Chapter
from service.pages.models import Component, Page, State
from service.publications.models import Publication


def by_public_id(session: Session, public_id: str) -> Event | None:
    """The event the outside calls *public_id*."""
    return session.scalar(select(Event).where(Event.public_id == public_id))


def for_update(session: Session, public_id: str) -> Event | None:
    """The same, locked until the unit of work ends: its updates are numbered one by one."""
    return session.scalar(select(Event).where(Event.public_id == public_id).with_for_update())


def chapters(session: Session, event_id: int) -> Sequence[Chapter]:
    """An event's updates in order, whatever became of their publications."""
    rows = session.execute(
        select(EventUpdate, Publication)
        .join(Publication, Publication.id == EventUpdate.publication_id)
        .where(EventUpdate.event_id == event_id)
        .order_by(EventUpdate.no)
    ).all()
    given = states(session, [update.id for update, _ in rows])
    return [Chapter(update, publication, given[update.id]) for update, publication in rows]


def states(session: Session, update_ids: Iterable[int]) -> defaultdict[int, dict[int, State]]:
    """The state each update gives each component, by their ids."""
    rows = session.execute(
        select(UpdateComponent.update_id, UpdateComponent.component_id, UpdateComponent.state)
        .where(UpdateComponent.update_id.in_(list(update_ids)))
        .order_by(UpdateComponent.update_id, UpdateComponent.component_id)
    )
    given: defaultdict[int, dict[int, State]] = defaultdict(dict)
    for update_id, component_id, state in rows:
        given[update_id][component_id] = state
    return given


def newest(
    session: Session,
    before: int | None,
    limit: int,
    page_id: int | None = None,
    category: Category | None = None,
) -> Sequence[Event]:
    """Events from the newest on, or from the one *before* that id on."""
    statement = select(Event).order_by(Event.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(Event.id < before)
    if page_id is not None:
        statement = statement.where(Event.page_id == page_id)
    if category is not None:
        statement = statement.where(Event.category == category)
    return session.scalars(statement).all()


def last_no(session: Session, event_id: int) -> int:
    """The number of an event's last update; 0 if there is none."""
    last = select(func.max(EventUpdate.no)).where(EventUpdate.event_id == event_id)
    return session.scalar(last) or 0


def of_publication(session: Session, publication_id: int) -> tuple[Event, EventUpdate] | None:
    """The event and the update a publication tells of."""
    row = session.execute(
        select(Event, EventUpdate)
        .join(EventUpdate, EventUpdate.event_id == Event.id)
        .where(EventUpdate.publication_id == publication_id)
    ).first()
    return (row[0], row[1]) if row else None


def is_behind(session: Session) -> bool:
    """Whether the log lacks a public update's states, or has those of one that was retracted."""
    return any(session.scalar(each().limit(1)) is not None for each in (_unlogged, _withdrawn))


def unlogged(session: Session, limit: int) -> Sequence[EventUpdate]:
    """Public updates whose states have not entered the log, in order, locked."""
    return session.scalars(
        _unlogged()
        .order_by(EventUpdate.event_id, EventUpdate.no)
        .limit(limit)
        .with_for_update(of=EventUpdate, skip_locked=True)
    ).all()


def withdrawn(session: Session) -> Sequence[EventUpdate]:
    """Updates whose states are in the log although they were retracted, newest first, locked."""
    return session.scalars(
        _withdrawn()
        .order_by(EventUpdate.event_id, EventUpdate.no.desc())
        .with_for_update(of=EventUpdate, skip_locked=True)
    ).all()


def logged(session: Session, event_id: int) -> Sequence[EventUpdate]:
    """An event's updates whose states are in the log, in order."""
    return session.scalars(
        select(EventUpdate)
        .where(EventUpdate.event_id == event_id, EventUpdate.logged_at.is_not(None))
        .order_by(EventUpdate.no)
    ).all()


def last_logged(session: Session, event_id: int) -> int:
    """The number of an event's last update whose states are in the log; 0 if there is none."""
    last = select(func.max(EventUpdate.no)).where(
        EventUpdate.event_id == event_id, EventUpdate.logged_at.is_not(None)
    )
    return session.scalar(last) or 0


def was_in_force(session: Session, event_id: int) -> bool:
    """Whether an update whose states are in the log has put them in force."""
    found = (
        select(EventUpdate.id)
        .where(EventUpdate.event_id == event_id, EventUpdate.logged_at.is_not(None))
        .where(EventUpdate.stage.in_(IN_FORCE))
        .limit(1)
    )
    return session.scalar(found) is not None


def started_at(session: Session, update: EventUpdate) -> datetime | None:
    """Since when the public may read an update."""
    return session.scalar(
        select(Publication.started_at).where(Publication.id == update.publication_id)
    )


def components_of(session: Session, event_id: int) -> Sequence[int]:
    """Every component an event ever spoke of."""
    return session.scalars(
        select(UpdateComponent.component_id)
        .join(EventUpdate, EventUpdate.id == UpdateComponent.update_id)
        .where(EventUpdate.event_id == event_id)
        .distinct()
        .order_by(UpdateComponent.component_id)
    ).all()


def component_names(session: Session, component_ids: Iterable[int]) -> dict[int, Component]:
    """Components by id, retired ones included."""
    found = session.scalars(select(Component).where(Component.id.in_(list(component_ids))))
    return {component.id: component for component in found}


def homes(session: Session, name: str) -> Sequence[str]:
    """The slugs of the pages that have a component of this slug or public id."""
    return session.scalars(
        select(Page.slug)
        .join(Component, Component.page_id == Page.id)
        .where(
            (Component.slug == name) | (Component.public_id == name),
            Component.retired_at.is_(None),
            Page.retired_at.is_(None),
        )
        .order_by(Page.position, Page.id)
    ).all()


def _unlogged() -> Select[EventUpdate]:
    return (
        select(EventUpdate)
        .join(Publication, Publication.id == EventUpdate.publication_id)
        .where(
            EventUpdate.logged_at.is_(None),
            Publication.started_at.is_not(None),
            Publication.retracted_at.is_(None),
        )
    )


def _withdrawn() -> Select[EventUpdate]:
    return (
        select(EventUpdate)
        .join(Publication, Publication.id == EventUpdate.publication_id)
        .where(EventUpdate.logged_at.is_not(None), Publication.retracted_at.is_not(None))
    )
