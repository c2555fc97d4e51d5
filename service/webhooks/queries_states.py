"""Every SQL statement about components whose state is told to endpoints."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.pages.models import Component, ComponentState
from service.subscribers.audience import Audience
from service.subscribers.queries_audience import selection
from service.webhooks.models import ToldState
from service.webhooks.queries import CHANNEL


def components_with_words(session: Session, after: int, upto: int) -> Mapping[int, frozenset[int]]:
    """Components, by page, with words numbered beyond *after*, *upto* included."""
    rows = session.execute(
        select(Component.page_id, Component.id)
        .join(ComponentState, ComponentState.component_id == Component.id)
        .where(ComponentState.id > after, ComponentState.id <= upto)
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
