"""Takes back what retracted words said of components: pages show those words no more."""

from collections.abc import Mapping
from datetime import datetime

from service.db.unit_of_work import UnitOfWork
from service.events import queries
from service.events.models import Event, EventUpdate
from service.events.stages import ENDS, in_force
from service.pages import queries as pages
from service.pages.actions import set_state
from service.pages.models import State


def follow_retractions(uow: UnitOfWork) -> int:
    """Let components be in the states that words which still stand say; return how many went.

    A word leaves its page's log where its rollout was retracted, as if it had never been: from its
    beginning on. Restartable: what is done is marked in the same unit of work.
    """
    withdrawn = queries.withdrawn(uow.session)
    for update in withdrawn:
        event = uow.session.get_one(Event, update.event_id)
        was_last = update.no == queries.last_logged(uow.session, event.id)
        update.logged_at = None
        uow.session.flush()
        if was_last:
            _say_again(uow, event, begins(uow, update))
    return len(withdrawn)


def begins(uow: UnitOfWork, update: EventUpdate) -> datetime | None:
    """When its states began: with the event for the first that are in force, else when told."""
    if queries.was_in_force(uow.session, update.event_id):
        return queries.started_at(uow.session, update)
    return update.starts_at or queries.started_at(uow.session, update)


def _say_again(uow: UnitOfWork, event: Event, since: datetime | None) -> None:
    source, standing = f"event:{event.public_id}", _standing(uow, event)
    for component_id in queries.components_of(uow.session, event.id):
        if pages.last_word(uow.session, component_id, source) is not None:
            set_state(uow, component_id, source, standing.get(component_id), "", since=since)


def _standing(uow: UnitOfWork, event: Event) -> Mapping[int, State | None]:
    """What the words of an event that are in the log say together."""
    said: dict[int, State | None] = {}
    updates = queries.logged(uow.session, event.id)
    states = queries.states(uow.session, [each.id for each in updates])
    for update in updates:
        if in_force(update.stage):
            said.update(states[update.id])
        if update.stage in ENDS:
            said.clear()
    return said
