"""The proof: what became of each recipient, and of one of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from service.deliveries.models import Delivery, DeliveryEvent, LaneTwo, Outcome
from service.deliveries.queries.accounts import DELIVERY_STATE
from service.rollouts.models import Stage, Wave
from service.subscribers.models import Address, Subscriber, Subscription

_VIEW = DELIVERY_STATE.c


class Recipient(NamedTuple):
    """One delivery with its owner as they are now."""

    n: int
    channel: str
    shown: str  # masked
    value: str
    timezone: str
    locale: str
    segment: int
    rank: int
    matched: int
    state: str
    reason: str


def recipients(session: Session, rollout_id: int, after: int, limit: int) -> Sequence[Recipient]:
    """Deliveries after number *after*, in order."""
    page = _recipients(rollout_id).where(_VIEW.n > after).order_by(_VIEW.n).limit(limit)
    return [Recipient(*row) for row in session.execute(page)]


def recipient(session: Session, rollout_id: int, n: int) -> Recipient:
    """The delivery with number *n*."""
    return Recipient(*session.execute(_recipients(rollout_id).where(_VIEW.n == n)).one())


def attempts(
    session: Session, rollout_id: int, first: int, last: int
) -> Mapping[int, Sequence[Outcome]]:
    """What came of each attempt of deliveries *first* to *last*, by number, oldest first."""
    found: dict[int, list[Outcome]] = {}
    for outcome in session.scalars(
        select(Outcome)
        .where(Outcome.rollout_id == rollout_id, Outcome.n.between(first, last))
        .order_by(Outcome.n, Outcome.attempt)
    ):
        found.setdefault(outcome.n, []).append(outcome)
    return found


def addresses(session: Session, keys: Sequence[str], channel: str | None) -> Sequence[Address]:
    """The addresses that go by one of *keys*, on one channel or on any."""
    statement = select(Address).where(Address.key.in_(keys)).order_by(Address.id)
    if channel:
        statement = statement.where(Address.channel == channel)
    return session.scalars(statement).all()


def number_of(session: Session, rollout_id: int, address_id: int) -> int | None:
    """The number of the delivery to an address; None where it has none."""
    return session.scalar(
        select(Delivery.n).where(
            Delivery.rollout_id == rollout_id, Delivery.address_id == address_id
        )
    )


def place(session: Session, rollout_id: int, rank: int) -> int:
    """How many people go at *rank* or before it."""
    counted = select(func.count()).where(
        Delivery.rollout_id == rollout_id, Delivery.rank >= 0, Delivery.rank <= rank
    )
    return session.scalar(counted) or 0


def stage_at(session: Session, rollout_id: int, rank: int) -> Stage | None:
    """The stage that *rank* belongs to; None outside the ramp."""
    return session.scalar(
        select(Stage).where(
            Stage.rollout_id == rollout_id, Stage.rank_lo <= rank, Stage.rank_hi >= rank
        )
    )


def waves_of(session: Session, stage_id: int, segment: int) -> Sequence[Wave]:
    """The waves of a stage's people of one segment, in order."""
    return session.scalars(
        select(Wave)
        .where(Wave.stage_id == stage_id, Wave.segment_no == segment)
        .order_by(Wave.occurrence)
    ).all()


def waits_until(session: Session, rollout_id: int, n: int) -> datetime | None:
    """When a single message is to be tried next."""
    return session.scalar(
        select(LaneTwo.due_at).where(LaneTwo.rollout_id == rollout_id, LaneTwo.n == n)
    )


def echoes(session: Session, rollout_id: int, n: int) -> Sequence[DeliveryEvent]:
    """What came back after a message was accepted."""
    return session.scalars(
        select(DeliveryEvent)
        .where(DeliveryEvent.rollout_id == rollout_id, DeliveryEvent.n == n)
        .order_by(DeliveryEvent.at)
    ).all()


def newest_consent(
    session: Session, address_id: int, targets: Sequence[tuple[str, int]]
) -> datetime | None:
    """When an address last agreed to one of some pages and lists."""
    pages = [key for kind, key in targets if kind == "page"]
    lists = [key for kind, key in targets if kind == "list"]
    return session.scalar(
        select(func.max(Subscription.active_at)).where(
            Subscription.address_id == address_id,
            Subscription.page_id.in_(pages) | Subscription.list_id.in_(lists),
        )
    )


def _recipients(rollout_id: int) -> Select[int, str, str, str, str, str, int, int, int, str, str]:
    return (
        select(
            _VIEW.n,
            Address.channel,
            Address.shown,
            Address.value,
            Subscriber.timezone,
            Subscriber.locale,
            _VIEW.segment,
            _VIEW.rank,
            _VIEW.matched,
            _VIEW.state,
            func.coalesce(_VIEW.reason, ""),
        )
        .join(Address, Address.id == _VIEW.address_id)
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .where(_VIEW.rollout_id == rollout_id)
    )
