"""What can be done with components' states."""

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound
from service.pages import queries
from service.pages.models import Component, ComponentState, State


def set_state(
    uow: UnitOfWork, component_id: int, source: str, state: State | None, comment: str
) -> ComponentState:
    """Append what *source* says of a component from now on; None takes back what it said.

    Saying the same again without a new comment adds nothing. Raises `NotFound`.
    """
    component = queries.component(uow.session, component_id)
    if component is None:
        raise NotFound(f"there is no component {component_id}")
    last = queries.last_word(uow.session, component_id, source)
    if last is not None and last.state is state and comment in ("", last.comment):
        return last
    return _append(uow, component, source, state, comment)


def _append(
    uow: UnitOfWork, component: Component, source: str, state: State | None, comment: str
) -> ComponentState:
    word = ComponentState(
        component_id=component.id,
        source=source,
        state=state,
        at=uow.now,
        by=uow.by,
        comment=comment,
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
