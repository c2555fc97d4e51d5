"""SQL of the public site's past: what happened between two instants, to what, and for how long."""

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Subquery, and_, func, or_, select
from sqlalchemy.orm import Session

from service.db.base import Localised
from service.events.models import Category, Event, EventStage, EventUpdate, UpdateComponent
from service.events.stages import ENDS
from service.status.queries import newest_words, touching, with_words
from service.status.stories import Story

#: Told of, but nothing happened.
_UNDONE = (EventStage.RETRACTED, EventStage.CANCELLED)


class Happening(NamedTuple):
    """An incident or a maintenance as far as a calendar needs it."""

    id: str
    category: Category
    title: Localised
    begins: datetime
    ended: datetime | None  # None: not over
    components: frozenset[int]


def happenings(session: Session, page_id: int, now: datetime, since: datetime) -> list[Happening]:
    """Incidents and maintenances that were not over at *since*, in order; two statements."""
    last = newest_words(
        now,
        Event.page_id == page_id,
        Event.category.in_((Category.INCIDENT, Category.MAINTENANCE)),
    )
    over = last.c.stage.in_(ENDS)
    rows = session.execute(
        select(Event, _begins(last), _ended(last), over)
        .join(last, and_(last.c.event_id == Event.id, last.c.age == 1))
        .where(last.c.stage.not_in((*_UNDONE, EventStage.SCHEDULED)))
        .where(or_(~over, _ended(last) >= since))
        .order_by(_begins(last), Event.id)
    ).all()
    touched = _touched(session, [event.id for event, *_ in rows])
    return [
        Happening(
            event.public_id,
            event.category,
            event.title,
            begins,
            ended if is_over else None,
            touched[event.id],
        )
        for event, begins, ended, is_over in rows
    ]


def between(
    session: Session, page_id: int, now: datetime, start: datetime, end: datetime, most: int = 300
) -> list[Story]:
    """What began before *end* and was not over at *start*; the latest beginning first."""
    last = newest_words(now, Event.page_id == page_id)
    return with_words(
        session,
        now,
        session.scalars(
            select(Event)
            .join(last, and_(last.c.event_id == Event.id, last.c.age == 1))
            .where(last.c.stage != EventStage.RETRACTED, _begins(last) < end)
            .where(or_(last.c.stage.not_in(ENDS), _ended(last) >= start))
            .order_by(_begins(last).desc(), Event.id.desc())
            .limit(most)
        ).all(),
    )


def first_begin(session: Session, page_id: int, now: datetime) -> datetime | None:
    """When the earliest of a page's events began; None if there is none."""
    last = newest_words(now, Event.page_id == page_id)
    return session.scalar(
        select(func.min(_begins(last))).where(last.c.age == 1, last.c.stage != EventStage.RETRACTED)
    )


def of_component(
    session: Session, component_id: int, now: datetime, since: datetime, most: int = 200
) -> list[Story]:
    """What touched or will touch one component since then, the newest word first."""
    last = newest_words(now, Event.id.in_(touching(component_id)))
    return with_words(
        session,
        now,
        session.scalars(
            select(Event)
            .join(last, and_(last.c.event_id == Event.id, last.c.age == 1))
            .where(last.c.stage != EventStage.RETRACTED)
            .where(or_(last.c.stage.not_in(ENDS), last.c.started_at > since))
            .order_by(last.c.started_at.desc(), Event.id.desc())
            .limit(most)
        ).all(),
    )


def _begins(last: Subquery) -> ColumnElement[datetime]:
    return func.coalesce(last.c.starts_at, last.c.started_at)


def _ended(last: Subquery) -> ColumnElement[datetime]:
    return func.coalesce(last.c.ends_at, last.c.started_at)


def _touched(session: Session, event_ids: list[int]) -> dict[int, frozenset[int]]:
    rows = session.execute(
        select(EventUpdate.event_id, UpdateComponent.component_id)
        .join(UpdateComponent, UpdateComponent.update_id == EventUpdate.id)
        .where(EventUpdate.event_id.in_(event_ids))
        .distinct()
    )
    found: defaultdict[int, set[int]] = defaultdict(set)
    for event_id, component_id in rows:
        found[event_id].add(component_id)
    return {event_id: frozenset(found[event_id]) for event_id in event_ids}
