"""SQL of what is due without anybody asking."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from service.events.models import Category, Event, EventStage, EventUpdate
from service.events.stages import ENDS
from service.pages.models import Page
from service.publications.models import Publication, PublicationState
from service.subscribers.models import Done

_UNDER_WAY = (EventStage.IN_PROGRESS, EventStage.VERIFYING)


def is_due(session: Session, now: datetime, before: timedelta) -> bool:
    """Whether there is anything to do."""
    return session.execute(_due(now, before).limit(1)).first() is not None


def due(session: Session, now: datetime, before: timedelta) -> Sequence[tuple[Event, EventStage]]:
    """Maintenances that begin, end, or are to be reminded of now, each with its next stage.

    Those whose newest word still waits for a moderator are left alone: it may change everything.
    """
    rows = session.execute(_due(now, before).with_for_update(of=Event, skip_locked=True)).all()
    return [(event, _next(stage, starts_at, now)) for event, stage, starts_at in rows]


def _due(now: datetime, before: timedelta) -> Select[Event, EventStage, datetime | None]:
    last = aliased(EventUpdate)
    begins = and_(last.stage == EventStage.SCHEDULED, Event.starts_itself, last.starts_at <= now)
    ends = and_(last.stage.in_(_UNDER_WAY), Event.ends_itself, last.ends_at <= now)
    reminds = and_(
        last.stage == EventStage.SCHEDULED,
        Event.tells_before,
        Event.reminded_at.is_(None),
        last.starts_at > now,
        last.starts_at <= now + before,
    )
    return (
        select(Event, last.stage, last.starts_at)
        .join(last, and_(last.event_id == Event.id, last.no == _newest()))
        .join(Publication, Publication.id == last.publication_id)
        .where(Event.category == Category.MAINTENANCE)
        .where(Publication.state == PublicationState.APPROVED, Publication.started_at <= now)
        .where(or_(begins, ends, reminds))
        .order_by(Event.id)
    )


def is_recurring(session: Session, now: datetime) -> bool:
    """Whether a next time is to be announced."""
    return session.execute(_recurring(now).limit(1)).first() is not None


def recurring(session: Session, now: datetime) -> Sequence[Event]:
    """Events whose next time is to be announced: approved, and not retracted."""
    return session.scalars(_recurring(now).with_for_update(of=Event, skip_locked=True)).all()


def _recurring(now: datetime) -> Select[Event]:
    last = aliased(EventUpdate)
    return (
        select(Event)
        .join(last, and_(last.event_id == Event.id, last.no == _newest()))
        .join(Publication, Publication.id == last.publication_id)
        .where(Event.rule.is_not(None), Event.recurs_at <= now)
        .where(last.stage != EventStage.RETRACTED)
        .where(Publication.state == PublicationState.APPROVED, Publication.started_at <= now)
        .order_by(Event.id)
    )


def of_series(session: Session, event: Event) -> Sequence[Event]:
    """Every time of the series that *event* belongs to."""
    return session.scalars(
        select(Event).where(Event.page_id == event.page_id, Event.series == event.series)
    ).all()


def undone(session: Session, now: datetime, before: timedelta) -> Sequence[Event]:
    """Actions whose deadline is near, and of which those who did not do them are to be reminded."""
    last = aliased(EventUpdate)
    return session.scalars(
        select(Event)
        .join(last, and_(last.event_id == Event.id, last.no == _newest()))
        .join(Publication, Publication.id == last.publication_id)
        .where(Event.category == Category.ACTION_REQUIRED, Event.tells_before)
        .where(Event.reminded_at.is_(None), last.stage == EventStage.PUBLISHED)
        .where(last.ends_at > now, last.ends_at <= now + before)
        .where(Publication.state == PublicationState.APPROVED, Publication.started_at <= now)
        .order_by(Event.id)
    ).all()


def open_actions(session: Session, page_ids: Collection[int], now: datetime) -> Sequence[Event]:
    """What pages ask of people now, the newest first."""
    last = aliased(EventUpdate)
    return session.scalars(
        select(Event)
        .join(last, and_(last.event_id == Event.id, last.no == _newest()))
        .join(Publication, Publication.id == last.publication_id)
        .where(Event.category == Category.ACTION_REQUIRED, Event.page_id.in_(list(page_ids)))
        .where(last.stage == EventStage.PUBLISHED)
        .where(or_(last.ends_at.is_(None), last.ends_at > now))
        .where(Publication.state == PublicationState.APPROVED, Publication.started_at <= now)
        .order_by(Event.id.desc())
    ).all()


def done(session: Session, event: Event) -> int:
    """How many people say that they have done what an event asks."""
    found = select(func.count()).where(Done.subject == f"event:{event.public_id}")
    return session.scalar(found) or 0


def promised(session: Session, now: datetime) -> Sequence[tuple[Event, EventUpdate]]:
    """Events whose promise of news has passed and whose staff were not told of it."""
    last = aliased(EventUpdate)
    rows = session.execute(
        select(Event, last)
        .join(last, and_(last.event_id == Event.id, last.no == _newest()))
        .where(last.next_update_at <= now, last.stage.not_in(ENDS))
        .where(or_(Event.chased_at.is_(None), Event.chased_at < last.next_update_at))
        .order_by(Event.id)
    ).all()
    return [(event, update) for event, update in rows]


def spoken(session: Session, event: Event) -> Sequence[str]:
    """The languages of an event's page in which it has a title."""
    page = session.get_one(Page, event.page_id)
    return [each for each in page.languages if each in event.title] or list(event.title)


def _newest() -> ColumnElement[int]:
    """The number of an event's newest word that was neither refused nor taken back."""
    standing = (PublicationState.HELD, PublicationState.APPROVED)
    return (
        select(func.max(EventUpdate.no))
        .join(Publication, Publication.id == EventUpdate.publication_id)
        .where(EventUpdate.event_id == Event.id, Publication.state.in_(standing))
        .correlate(Event)
        .scalar_subquery()
    )


def _next(stage: EventStage, starts_at: datetime | None, now: datetime) -> EventStage:
    if stage in _UNDER_WAY:
        return EventStage.COMPLETED
    begun = starts_at is not None and starts_at <= now
    return EventStage.IN_PROGRESS if begun else EventStage.SCHEDULED
