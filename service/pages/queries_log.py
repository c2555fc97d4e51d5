"""Every SQL statement that reads the log of states over time."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from service.pages.history import Stretch, Word
from service.pages.models import Component, ComponentState, StateCorrection


def words_since(session: Session, page_id: int, since: datetime) -> defaultdict[int, list[Word]]:
    """What was said of each of a page's components, as far as it matters from *since* on.

    By the component's id, in the order it was written.
    """
    before = (
        select(func.max(ComponentState.id))
        .join(Component, Component.id == ComponentState.component_id)
        .where(Component.page_id == page_id, ComponentState.at < since)
        .group_by(ComponentState.component_id, ComponentState.source)
    )
    rows = session.execute(
        select(
            ComponentState.component_id,
            ComponentState.source,
            ComponentState.state,
            ComponentState.at,
        )
        .join(Component, Component.id == ComponentState.component_id)
        .where(
            Component.page_id == page_id,
            or_(ComponentState.at >= since, ComponentState.id.in_(before)),
        )
        .order_by(ComponentState.id)
    )
    words: defaultdict[int, list[Word]] = defaultdict(list)
    for component_id, source, state, at in rows:
        words[component_id].append(Word(source, state, at))
    return words


def corrections_since(
    session: Session, page_id: int, since: datetime
) -> defaultdict[int, list[Stretch]]:
    """What was put right of each of a page's components, in the order it was written."""
    rows = session.execute(
        select(
            StateCorrection.component_id,
            StateCorrection.starts_at,
            StateCorrection.ends_at,
            StateCorrection.state,
        )
        .join(Component, Component.id == StateCorrection.component_id)
        .where(Component.page_id == page_id, StateCorrection.ends_at > since)
        .order_by(StateCorrection.id)
    )
    found: defaultdict[int, list[Stretch]] = defaultdict(list)
    for component_id, starts_at, ends_at, state in rows:
        found[component_id].append(Stretch(starts_at, ends_at, state))
    return found


def corrections_of(
    session: Session, component_id: int, limit: int = 50
) -> Sequence[StateCorrection]:
    """What was put right of one component, newest first."""
    return session.scalars(
        select(StateCorrection)
        .where(StateCorrection.component_id == component_id)
        .order_by(StateCorrection.id.desc())
        .limit(limit)
    ).all()


def log_of(session: Session, component_id: int, limit: int = 50) -> Sequence[ComponentState]:
    """What was said of one component, newest first."""
    return session.scalars(
        select(ComponentState)
        .where(ComponentState.component_id == component_id)
        .order_by(ComponentState.id.desc())
        .limit(limit)
    ).all()


def changed_at(session: Session, page_id: int) -> dict[int, datetime]:
    """When something was last said of each of a page's components, by id."""
    last = func.max(func.coalesce(ComponentState.recorded_at, ComponentState.at))
    rows = session.execute(
        select(ComponentState.component_id, last)
        .join(Component, Component.id == ComponentState.component_id)
        .where(Component.page_id == page_id)
        .group_by(ComponentState.component_id)
    )
    return {row[0]: row[1] for row in rows}
