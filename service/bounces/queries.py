"""Every SQL statement about what came back and what follows from it."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from service.bounces.models import Followed, Storm
from service.bounces.policy import STORMY, Sent
from service.db.clock import database_seconds
from service.deliveries.models import Delivery, DeliveryEvent, Echo, Outcome
from service.publications.models import Publication
from service.rollouts.models import OVER, Rollout
from service.subscribers.models import Address

_MESSAGE_ID = re.compile(r"\bd\.([a-z0-9]{12})-(\d{1,18})@")
_LATEST = 200  # rollouts in which the messages of an address are looked for
_HISTORY = 10  # messages that its health is judged by


class Place(NamedTuple):
    """One delivery, with what is needed to judge what came back of it."""

    rollout_id: int
    n: int
    address_id: int
    matched: int
    lane: str
    channel: str


class Refused(NamedTuple):
    """A refusal in our own session."""

    rollout_id: int
    n: int
    address_id: int
    lane: str
    reason: str
    detail: str
    at: datetime


def place_of(session: Session, publication_id: int, n: int) -> Place | None:
    """The delivery that a return path names."""
    found = session.execute(
        select(
            Delivery.rollout_id,
            Delivery.n,
            Delivery.address_id,
            Delivery.matched,
            Address.lane,
            Address.channel,
        )
        .join(Rollout, Rollout.id == Delivery.rollout_id)
        .join(Address, Address.id == Delivery.address_id)
        .where(Rollout.publication_id == publication_id, Delivery.n == n)
    ).first()
    return Place._make(found) if found else None


def newest_place(session: Session, address_id: int) -> Place | None:
    """The newest delivery to an address, for words that name nothing but the address."""
    found = session.execute(
        select(
            Delivery.rollout_id,
            Delivery.n,
            Delivery.address_id,
            Delivery.matched,
            Address.lane,
            Address.channel,
        )
        .join(Address, Address.id == Delivery.address_id)
        .where(Delivery.address_id == address_id, Delivery.rollout_id.in_(_newest_rollouts()))
        .order_by(Delivery.rollout_id.desc())
        .limit(1)
    ).first()
    return Place._make(found) if found else None


def place_named(session: Session, message_id: str) -> Place | None:
    """The delivery whose mail has *message_id*; None where it is no mail of ours."""
    found = _MESSAGE_ID.search(message_id)
    if found is None:
        return None
    publication = session.scalar(select(Publication.id).where(Publication.public_id == found[1]))
    return place_of(session, publication, int(found[2])) if publication else None


def publication_of(session: Session, rollout_id: int) -> Publication:
    """What a rollout sends; raises NoResultFound."""
    return session.scalars(
        select(Publication)
        .join(Rollout, Rollout.publication_id == Publication.id)
        .where(Rollout.id == rollout_id)
    ).one()


def history(session: Session, address_id: int) -> Sequence[Sent]:
    """The last messages to an address, oldest first, with the heaviest that came back of each."""
    weighty = (Echo.HARD_BOUNCE, Echo.SOFT_BOUNCE)
    back = (
        select(
            DeliveryEvent.rollout_id,
            DeliveryEvent.n,
            func.min(DeliveryEvent.kind).label("weight"),  # hard stands before soft
            func.min(DeliveryEvent.at).label("at"),
        )
        .where(
            DeliveryEvent.address_id == address_id,
            DeliveryEvent.kind.in_(weighty),
            DeliveryEvent.is_void.is_(False),
        )
        .group_by(DeliveryEvent.rollout_id, DeliveryEvent.n)
        .subquery()
    )
    when = func.min(Outcome.at)
    rows = session.execute(
        select(when, back.c.weight, back.c.at)
        .select_from(Delivery)
        .join(Outcome, (Outcome.rollout_id == Delivery.rollout_id) & (Outcome.n == Delivery.n))
        .outerjoin(back, (back.c.rollout_id == Delivery.rollout_id) & (back.c.n == Delivery.n))
        .where(
            Delivery.address_id == address_id,
            Delivery.rollout_id.in_(_newest_rollouts()),
            Outcome.result.in_(("sent", "permanent", "unknown")),
        )
        .group_by(Delivery.rollout_id, Delivery.n, back.c.weight, back.c.at)
        .order_by(when.desc())
        .limit(_HISTORY)
    ).all()
    return [Sent(at, weight, returned_at) for at, weight, returned_at in reversed(rows)]


def followed(session: Session, name: str) -> Followed | None:
    """How far the reader *name* has come, locked."""
    return session.get(Followed, name, with_for_update=True)


def has_refusals(session: Session, name: str) -> bool:
    """Whether something was refused since the reader *name* looked."""
    seen = session.scalar(select(Followed.upto).where(Followed.name == name)) or 0.0
    found = select(Outcome.n).where(Outcome.result == "permanent", Outcome.known_at > seen)
    return session.scalar(found.limit(1)) is not None


def refusals(session: Session, after: float, limit: int) -> tuple[Sequence[Refused], float]:
    """Refusals written after an instant of the database's clock, and the last one's instant."""
    rows = session.execute(
        select(
            Outcome.rollout_id,
            Outcome.n,
            Delivery.address_id,
            Address.lane,
            Outcome.reason,
            Outcome.detail,
            Outcome.at,
            Outcome.known_at,
        )
        .join(
            Delivery,
            (Delivery.rollout_id == Outcome.rollout_id) & (Delivery.n == Outcome.n),
        )
        .join(Address, Address.id == Delivery.address_id)
        .where(Outcome.result == "permanent", Outcome.known_at > after, Address.channel == "email")
        .order_by(Outcome.known_at)
        .limit(limit)
    ).all()
    return [Refused._make(row[:-1]) for row in rows], max((row[-1] for row in rows), default=after)


def database_now(session: Session) -> float:
    """The database's clock."""
    return float(session.scalar(select(database_seconds())) or 0.0)


def came_since(session: Session, lane: str, kind: Echo, since: datetime, until: datetime) -> int:
    """How many bounces of one weight came from a provider in a time."""
    return (
        session.scalar(
            select(func.count()).where(
                DeliveryEvent.lane == lane,
                DeliveryEvent.kind == kind,
                DeliveryEvent.at > since,
                DeliveryEvent.at <= until,
            )
        )
        or 0
    )


def sent_since(session: Session, lane: str, since: datetime) -> int:
    """How many messages a provider took or refused since; asked only when a storm may blow."""
    running = select(Rollout.id).where(Rollout.state.not_in(OVER) | (Rollout.ended_at >= since))
    return (
        session.scalar(
            select(func.count())
            .select_from(Outcome)
            .join(
                Delivery,
                (Delivery.rollout_id == Outcome.rollout_id) & (Delivery.n == Outcome.n),
            )
            .join(Address, Address.id == Delivery.address_id)
            .where(
                Outcome.rollout_id.in_(running),
                Outcome.at > since,
                Outcome.result.in_(("sent", "permanent")),
                Address.lane == lane,
            )
        )
        or 0
    )


def storm_over(session: Session, lane: str) -> Storm | None:
    """The storm that blows at a provider now."""
    return session.scalar(
        select(Storm).where(Storm.lane == lane, Storm.ended_at.is_(None)).with_for_update()
    )


def storms(session: Session, limit: int = 20) -> Sequence[Storm]:
    """Storms, those that blow first, then the newest."""
    return session.scalars(
        select(Storm).order_by(Storm.ended_at.is_not(None), Storm.began_at.desc()).limit(limit)
    ).all()


def untold(session: Session) -> Sequence[Storm]:
    """Storms that nobody was told of yet."""
    return session.scalars(
        select(Storm).where(Storm.told_at.is_(None), Storm.ended_at.is_(None))
    ).all()


def storm_by_id(session: Session, storm_id: int) -> Storm | None:
    """The storm with this number, locked."""
    return session.get(Storm, storm_id, with_for_update=True)


def struck(session: Session, storm: Storm, since: datetime) -> Sequence[int]:
    """The addresses that something came back from in a storm."""
    found = session.scalars(
        select(DeliveryEvent.address_id)
        .where(
            DeliveryEvent.lane == storm.lane,
            DeliveryEvent.kind.in_(STORMY),
            DeliveryEvent.at >= since,
            DeliveryEvent.is_void.is_(False),
        )
        .distinct()
    )
    return [address_id for address_id in found if address_id is not None]


def void(session: Session, storm: Storm, since: datetime) -> int:
    """Let what came back in a storm count no longer; return how many."""
    voided = session.scalars(
        update(DeliveryEvent)
        .where(
            DeliveryEvent.lane == storm.lane,
            DeliveryEvent.kind.in_(STORMY),
            DeliveryEvent.at >= since,
            DeliveryEvent.is_void.is_(False),
        )
        .values(is_void=True)
        .returning(DeliveryEvent.n)
    ).all()
    return len(voided)


def forgive(session: Session, address_id: int) -> None:
    """Let what came back from an address count no longer."""
    session.execute(
        update(DeliveryEvent)
        .where(
            DeliveryEvent.address_id == address_id,
            DeliveryEvent.kind.in_(STORMY),
            DeliveryEvent.is_void.is_(False),
        )
        .values(is_void=True)
    )


def _newest_rollouts() -> Select[int]:
    return select(Rollout.id).order_by(Rollout.id.desc()).limit(_LATEST)
