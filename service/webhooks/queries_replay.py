"""What an endpoint should have been told, and whether it was."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from service.db.commits import writers
from service.deliveries.models import Delivery, LaneTwo, Outcome
from service.deliveries.parcels import parcel_id
from service.publications.freezing import thaw
from service.publications.models import Publication, PublicationState, Purpose
from service.rollouts.models import Rollout
from service.webhooks import queries_states
from service.webhooks.models import StateChange

LATE = timedelta(minutes=1)  # a publication may be committed so long after it started


class Told(NamedTuple):
    """One thing that an endpoint was told, or was to be: a publication, or else its *content*."""

    parcel: str
    kind: str
    subject: str
    sequence: int
    started_at: datetime
    was_taken: bool
    publication_id: int | None = None
    content: Mapping[str, Any] | None = None


class Entry(NamedTuple):
    """One thing that programs catch up on, and its place in their order."""

    at: datetime
    number: int
    content: Mapping[str, Any]


def deliveries(
    session: Session, address_id: int, since: datetime, until: datetime, most: int
) -> Sequence[Told]:
    """What left, or was to leave, for an address in [since, until), oldest first.

    What is still being tried is left out: it needs no replay.
    """
    rows = session.execute(
        select(
            Publication.public_id,
            Delivery.n,
            Publication.content["type"].as_string(),
            Publication.subject,
            Publication.sequence,
            Publication.started_at,
            _was_taken(),
            Publication.id,
        )
        .join(Rollout, Rollout.publication_id == Publication.id)
        .join(Delivery, Delivery.rollout_id == Rollout.id)
        .where(
            Delivery.address_id == address_id,
            Publication.purpose == Purpose.BULK,
            Publication.started_at >= since,
            Publication.started_at < until,
            ~exists().where(LaneTwo.rollout_id == Rollout.id, LaneTwo.n == Delivery.n),
        )
        .order_by(Publication.started_at, Publication.id)
        .limit(most)
    )
    return [Told(parcel_id(public_id, n), *rest) for public_id, n, *rest in rows]


def states(
    session: Session, address_id: int, since: datetime, until: datetime, most: int
) -> Sequence[Told]:
    """What an endpoint was told of components' states in [since, until), each once, oldest first.

    What is still being tried is left out, as above; what was told again counts with the first.
    """
    told: dict[str, Told] = {}
    for notice in queries_states.notices(session, address_id, since, most):
        content = notice.content or {}
        message = thaw(content["message"])
        told_before = told.get(notice.parcel)
        was_taken = notice.result == "sent" or (told_before is not None and told_before.was_taken)
        if since <= message.published_at < until:
            told[notice.parcel] = Told(
                notice.parcel,
                notice.kind,
                message.subject,
                message.sequence,
                message.published_at,
                was_taken,
                content=content,
            )
    return list(told.values())


def _was_taken() -> ColumnElement[bool]:
    return exists().where(
        Outcome.rollout_id == Rollout.id, Outcome.n == Delivery.n, Outcome.result == "sent"
    )


def stream(
    session: Session, after: tuple[datetime, int], now: datetime, most: int
) -> Sequence[Entry]:
    """What was published to pages or told of states, beyond (when, its number), in that order.

    Not by the number alone: what was held for long starts behind what came after it. While
    somebody writes, the last minute is left for the next time. Changes of states have a table of
    their own; so that both share one order, they are numbered downwards from zero.
    """
    writes = writers(session, Publication) or writers(session, StateChange)
    newest = now - LATE if writes else now
    published = [
        Entry(each.started_at, each.id, each.content)
        for each in _published(session, after, newest, most)
        if each.started_at
    ]
    changed = [
        Entry(each.at, -each.id, each.content)
        for each in queries_states.changes(session, after, newest, most)
    ]
    return sorted(published + changed, key=lambda entry: entry[:2])[:most]


def _published(
    session: Session, after: tuple[datetime, int], newest: datetime, most: int
) -> Sequence[Publication]:
    started_at, number = after
    return session.scalars(
        select(Publication)
        .where(
            or_(
                Publication.started_at > started_at,
                and_(Publication.started_at == started_at, Publication.id > number),
            ),
            Publication.started_at <= newest,
            Publication.purpose == Purpose.BULK,
            Publication.state == PublicationState.APPROVED,
        )
        .order_by(Publication.started_at, Publication.id)
        .limit(most)
    ).all()
