"""From stored events to what programs read of them."""

from sqlalchemy.orm import Session

from service.config import Settings
from service.events import queries
from service.events import queries_keeping as keeping
from service.events.actions import Held
from service.events.models import Category, Event
from service.events.proposing import permalink
from service.events.story import Chapter, tell
from service.events.views.schemas import (
    AffectedOut,
    AutomationIn,
    EventOut,
    RecurrenceOut,
    SubmittedOut,
    UpdateOut,
)
from service.pages.models import Component, Page
from service.publications.schemas import publication_out, warnings_out


def event_out(session: Session, settings: Settings, event: Event) -> EventOut:
    """Return *event* with all its updates, newest first."""
    page = session.get_one(Page, event.page_id)
    told = queries.chapters(session, event.id)
    components = queries.component_names(session, queries.components_of(session, event.id))
    return EventOut(
        id=event.public_id,
        page=page.slug,
        category=event.category,
        title=event.title,
        stage=tell(told).stage,
        url=permalink(settings, page, event),
        created_at=event.created_at,
        created_by=event.created_by,
        automation=AutomationIn.model_validate(event, from_attributes=True),
        recurrence=_recurrence(event),
        done=keeping.done(session, event) if event.category is Category.ACTION_REQUIRED else None,
        updates=[_update(chapter, components) for chapter in reversed(told)],
    )


def submitted_out(session: Session, settings: Settings, held: Held) -> SubmittedOut:
    """Return what was just stored."""
    return SubmittedOut(
        event=event_out(session, settings, held.event),
        update=held.update.public_id,
        publication=publication_out(held.publication),
        audience=held.proposal.reach,
        warnings=warnings_out(held.proposal.warnings),
    )


def _recurrence(event: Event) -> RecurrenceOut | None:
    if event.rule is None:
        return None
    return RecurrenceOut(
        rule=event.rule,
        ahead_days=event.ahead_days or 0,
        series=event.series or event.public_id,
        announced_at=event.recurs_at,
    )


def _update(chapter: Chapter, components: dict[int, Component]) -> UpdateOut:
    update, publication = chapter.update, chapter.publication
    return UpdateOut(
        id=update.public_id,
        stage=update.stage,
        body=update.body,
        components=[
            AffectedOut(
                component=components[component_id].slug,
                id=components[component_id].public_id,
                name=components[component_id].name,
                state=state,
            )
            for component_id, state in chapter.states.items()
        ],
        starts_at=update.starts_at,
        ends_at=update.ends_at,
        next_update_at=update.next_update_at,
        created_at=update.created_at,
        created_by=update.created_by,
        publication=publication.public_id,
        state=publication.state,
        published_at=publication.started_at,
    )
