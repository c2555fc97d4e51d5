"""Every SQL statement about components whose state is told to endpoints."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from service.pages.models import Component, ComponentState
from service.subscribers.audience import Audience
from service.subscribers.queries_audience import selection
from service.webhooks.models import ToldState
from service.webhooks.queries import CHANNEL

NEARBY = 1000  # numbers below the newest one that may have been committed after it


def last_word(session: Session) -> int:
    """The number of the newest word about any component."""
    return session.scalar(select(func.max(ComponentState.id))) or 0


def components_with_words(
    session: Session, after: int, since: datetime
) -> Mapping[int, frozenset[int]]:
    """Components, by page, with words beyond number *after*, or near it and written *since*."""
    written_at = func.coalesce(ComponentState.recorded_at, ComponentState.at)
    rows = session.execute(
        select(Component.page_id, Component.id)
        .join(ComponentState, ComponentState.component_id == Component.id)
        .where(
            ComponentState.id > after - NEARBY,
            or_(ComponentState.id > after, written_at >= since),
        )
        .distinct()
    )
    found = defaultdict[int, set[int]](set)
    for page_id, component_id in rows:
        found[page_id].add(component_id)
    return {page_id: frozenset(ids) for page_id, ids in found.items()}


def told_states(session: Session, components: Collection[int]) -> Mapping[int, ToldState]:
    """What was told last of some components, by component."""
    rows = session.scalars(select(ToldState).where(ToldState.component_id.in_(components)))
    return {each.component_id: each for each in rows}


def followers(session: Session, audience: Audience) -> Sequence[int]:
    """The addresses of endpoints in *audience*."""
    chosen = selection(audience).subquery()
    return session.scalars(
        select(chosen.c.address_id).where(chosen.c.channel == CHANNEL).order_by(chosen.c.address_id)
    ).all()
