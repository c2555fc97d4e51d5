"""Every SQL statement about components whose state is told to endpoints."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from service.pages.models import Component, ComponentState
from service.subscribers.audience import Audience
from service.subscribers.queries_audience import selection
from service.webhooks.models import Notice, StateChange, ToldState
from service.webhooks.queries import CHANNEL

TYPE = "component.status_changed"


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


def notices(session: Session, address_id: int, since: datetime, most: int) -> Sequence[Notice]:
    """What an endpoint was told of states, or was to be, that was over since then; oldest first."""
    return session.scalars(
        select(Notice)
        .where(
            Notice.address_id == address_id,
            Notice.kind == TYPE,
            Notice.done_at >= since,
        )
        .order_by(Notice.id)
        .limit(most)
    ).all()


def changes(
    session: Session, after: tuple[datetime, int], newest: datetime, most: int
) -> Sequence[StateChange]:
    """What was told of states beyond (when, number), newest first among those of one instant."""
    at, number = after
    return session.scalars(
        select(StateChange)
        .where(
            or_(StateChange.at > at, and_(StateChange.at == at, StateChange.id < -number)),
            StateChange.at <= newest,
        )
        .order_by(StateChange.at, StateChange.id.desc())
        .limit(most)
    ).all()
