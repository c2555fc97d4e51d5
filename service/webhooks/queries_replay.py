"""What an endpoint should have been told, and whether it was."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from service.db.commits import writers
from service.deliveries.models import Delivery, LaneTwo, Outcome
from service.publications.models import Publication, PublicationState, Purpose
from service.rollouts.models import Rollout

LATE = timedelta(minutes=1)  # a publication may be committed so long after it started


class Told(NamedTuple):
    """One delivery to an endpoint."""

    publication_id: int
    public_id: str
    n: int
    subject: str
    sequence: int
    kind: str
    started_at: datetime
    was_taken: bool


def deliveries(
    session: Session, address_id: int, since: datetime, until: datetime, most: int
) -> Sequence[Told]:
    """What left, or was to leave, for an address in [since, until), oldest first.

    What is still being tried is left out: it needs no replay.
    """
    rows = session.execute(
        select(
            Publication.id,
            Publication.public_id,
            Delivery.n,
            Publication.subject,
            Publication.sequence,
            Publication.content["type"].as_string(),
            Publication.started_at,
            _was_taken(),
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
    return [Told._make(row) for row in rows]


def _was_taken() -> ColumnElement[bool]:
    return exists().where(
        Outcome.rollout_id == Rollout.id, Outcome.n == Delivery.n, Outcome.result == "sent"
    )


def stream(
    session: Session, after: tuple[datetime, int], now: datetime, most: int
) -> Sequence[Publication]:
    """What was published to pages, beyond (when it started, its number), in that order.

    Not by the number alone: what was held for long starts behind what came after it. While
    somebody publishes, the last minute is left for the next time.
    """
    started_at, number = after
    newest = now - LATE if writers(session, Publication) else now
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


def newest(session: Session) -> int:
    """The number of the newest publication."""
    return session.scalar(select(func.max(Publication.id))) or 0
