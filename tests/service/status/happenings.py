"""Events as the public sees them, for tests: the update and its publication in one go."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service.db.unit_of_work import UnitOfWork
from service.events.models import Category, Event, EventStage, EventUpdate, UpdateComponent
from service.pages.models import Component, Page, State
from service.publications.models import Publication, PublicationState, Purpose, Urgency
from tests.factories import both


def an_event(
    uow: UnitOfWork, page: Page, category: Category = Category.INCIDENT, **given: Any
) -> Event:
    values = {"title": both("Slow sign-in"), "created_at": uow.now, "created_by": "staff:1"}
    event = Event(page_id=page.id, category=category, **{**values, **given})
    uow.session.add(event)
    uow.session.flush()
    return event


def an_update(
    uow: UnitOfWork,
    event: Event,
    stage: EventStage = EventStage.INVESTIGATING,
    states: Mapping[Component, State] | None = None,
    *,
    no: int = 1,
    started_at: datetime | None = None,
    state: PublicationState = PublicationState.APPROVED,
    **given: Any,
) -> EventUpdate:
    """A word on *event*; public from *started_at* on if its publication's *state* lets it."""
    publication = Publication(
        purpose=Purpose.BULK,
        state=state,
        subject=f"event:{event.public_id}",
        sequence=no,
        category=event.category,
        urgency=Urgency.NORMAL,
        content={},
        audience={},
        plan={},
        hash="",
        submitted_by=uow.by,
        created_at=uow.now,
        expires_at=uow.now,
        started_at=started_at,
    )
    uow.session.add(publication)
    uow.session.flush()
    values = {"body": both("We are looking."), "created_at": uow.now, "created_by": uow.by}
    update = EventUpdate(
        event_id=event.id,
        no=no,
        stage=stage,
        publication_id=publication.id,
        **{**values, **given},
    )
    uow.session.add(update)
    uow.session.flush()
    uow.session.add_all(
        UpdateComponent(update_id=update.id, component_id=component.id, state=given_state)
        for component, given_state in (states or {}).items()
    )
    uow.session.flush()
    return update
