"""What can be done with components' states."""

from dataclasses import dataclass
from datetime import datetime

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound, invalid
from service.pages import queries
from service.pages.models import Component, ComponentState, State, StateCorrection
from service.pages.states import BASELINE


def set_state(
    uow: UnitOfWork,
    component_id: int,
    source: str,
    state: State | None,
    comment: str,
    *,
    since: datetime | None = None,
) -> ComponentState:
    """Append what *source* says of a component from *since* on; None takes back what it said.

    It holds from now on where nobody says since when, or says a time to come. Saying the same
    again without a new comment adds nothing. Raises `NotFound`.
    """
    component = queries.component(uow.session, component_id)
    if component is None:
        raise NotFound(f"there is no component {component_id}")
    last = queries.last_word(uow.session, component_id, source)
    if last is not None and last.state is state and comment in ("", last.comment):
        return last
    return _append(uow, component, source, state, comment, min(since or uow.now, uow.now))


def set_state_named(
    uow: UnitOfWork, page: str, component: str, state: State, comment: str
) -> State:
    """Say of a page's component, by their names, what state it is in; return what is shown now.

    That may be worse, as long as events say so. Raises `NotFound`.
    """
    found = queries.page_by_slug(uow.session, page)
    row = queries.component_named(uow.session, found.id, component) if found else None
    if row is None:
        raise NotFound(f"there is no component {component} on a page {page}")
    set_state(uow, row.id, BASELINE, state, comment)
    return queries.effective_states(uow.session, row.page_id)[row.id]


@dataclass(frozen=True, slots=True)
class Correction:
    """What a component's state really was during [starts_at, ends_at), and why it was not said."""

    state: State
    starts_at: datetime
    ends_at: datetime
    reason: str


def correct(uow: UnitOfWork, component_id: int, wish: Correction) -> StateCorrection:
    """Append what was wrong in a component's history; nothing that was said is deleted.

    Raises `NotFound`, and `Invalid` for a stretch that is empty, to come, or without a reason.
    """
    component = queries.component(uow.session, component_id)
    if component is None:
        raise NotFound(f"there is no component {component_id}")
    if wish.ends_at <= wish.starts_at:
        raise invalid("/ends_at", "is not after starts_at", "order")
    if wish.ends_at > uow.now:
        raise invalid("/ends_at", "is to come: only what has been can be corrected", "future")
    if not wish.reason.strip():
        raise invalid("/reason", "say why: it stands beside the history", "missing")
    row = StateCorrection(
        component_id=component.id,
        state=wish.state,
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        at=uow.now,
        by=uow.by,
        reason=wish.reason.strip(),
    )
    uow.session.add(row)
    uow.session.flush()
    record(uow, "component.corrected", f"component:{component.public_id}", state=wish.state)
    return row


def _append(
    uow: UnitOfWork,
    component: Component,
    source: str,
    state: State | None,
    comment: str,
    at: datetime,
) -> ComponentState:
    word = ComponentState(
        component_id=component.id,
        source=source,
        state=state,
        at=at,
        by=uow.by,
        comment=comment,
        recorded_at=uow.now if at != uow.now else None,
    )
    uow.session.add(word)
    uow.session.flush()
    record(
        uow,
        "component.state_set",
        f"component:{component.public_id}",
        source=source,
        state=state,
        comment=comment,
    )
    return word
