"""What gates and guards count: people reached, what came back, who left, what was pushed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from channels.base import Reason
from service.db.upsert import upsert
from service.deliveries.models import Delivery, DeliveryEvent, Echo, Outcome, Slice
from service.rollouts.models import Exposure, Signal, Stage
from service.subscribers.models import Address, ConsentRecord, Step, Subscription

#: Refusals that say something of us, whoever the recipient is.
SENDERS_FAULT = (Reason.POLICY, Reason.THROTTLED, Reason.AUTH, Reason.TLS, Reason.PROTOCOL)
#: Refusals that say something of the message.
MESSAGES_FAULT = (Reason.CONTENT, Reason.TOO_LARGE, Reason.RENDER)


class Point(NamedTuple):
    """How many people had been reached at an instant."""

    at: datetime
    sent: int


class Refusals(NamedTuple):
    """Final refusals behind one provider, by whose fault they are."""

    provider: str
    fault: str  # sender, message or recipient
    number: int


def note_exposure(session: Session, rollout_id: int, now: datetime, *, anew: bool = False) -> Point:
    """Write down how many people are reached by now, if that changed or counting begins *anew*."""
    sent = session.scalar(
        select(func.coalesce(func.sum(Slice.sent), 0)).where(
            Slice.rollout_id == rollout_id, Slice.n_lo.is_not(None)
        )
    )
    point = Point(now, int(sent or 0))
    last = newest_exposure(session, rollout_id, now)
    if last is None or last.sent != point.sent or anew:
        statement = upsert(session, Exposure).values(rollout_id=rollout_id, at=now, sent=point.sent)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["rollout_id", "at"], set_={"sent": point.sent}
            )
        )
        return point
    return last


def newest_exposure(session: Session, rollout_id: int, upto: datetime) -> Point | None:
    """The newest point not after *upto*."""
    row = session.execute(
        select(Exposure.at, Exposure.sent)
        .where(Exposure.rollout_id == rollout_id, Exposure.at <= upto)
        .order_by(Exposure.at.desc())
        .limit(1)
    ).first()
    return Point(*row) if row else None


def echoes(session: Session, rollout_id: int, kind: Echo, since: datetime, upto: datetime) -> int:
    """How many messages accepted in (since, upto] came back as *kind*."""
    accepted = (
        (Outcome.rollout_id == DeliveryEvent.rollout_id)
        & (Outcome.n == DeliveryEvent.n)
        & (Outcome.result == "sent")
    )
    statement = (
        select(func.count(DeliveryEvent.n.distinct()))
        .join(Outcome, accepted)
        .join(Delivery, _same_delivery())
        .where(
            DeliveryEvent.rollout_id == rollout_id,
            DeliveryEvent.is_void.is_(False),
            DeliveryEvent.kind == kind,
            DeliveryEvent.is_void.is_(False),
            Delivery.rank >= 0,
            Outcome.at > since,
            Outcome.at <= upto,
        )
    )
    return session.scalar(statement) or 0


def departures(session: Session, rollout_id: int, since: datetime, upto: datetime) -> int:
    """How many people accepted the message in (since, upto] and left afterwards."""
    accepted = (
        (Outcome.rollout_id == Delivery.rollout_id)
        & (Outcome.n == Delivery.n)
        & (Outcome.result == "sent")
    )
    statement = (
        select(func.count(Delivery.n.distinct()))
        .select_from(ConsentRecord)
        .join(Subscription, Subscription.id == ConsentRecord.subscription_id)
        .join(
            Delivery,
            (Delivery.rollout_id == rollout_id) & (Delivery.address_id == Subscription.address_id),
        )
        .join(Outcome, accepted)
        .where(
            ConsentRecord.action == Step.LEFT,
            ConsentRecord.at >= Outcome.at,
            Outcome.at > since,
            Outcome.at <= upto,
        )
    )
    return session.scalar(statement) or 0


def signals(session: Session, rollout_id: int, since: datetime) -> Sequence[Signal]:
    """What was pushed about periods that end after *since*; what was said again last counts."""
    newest = (
        select(func.max(Signal.id))
        .where(Signal.rollout_id == rollout_id, Signal.period_to > since)
        .group_by(Signal.key, Signal.source, Signal.period_from, Signal.period_to)
    )
    return session.scalars(
        select(Signal).where(Signal.id.in_(newest)).order_by(Signal.period_to, Signal.id)
    ).all()


def overlapping(session: Session, new: Signal) -> Signal | None:
    """A signal of the same key and source about another period that has time in common."""
    return session.scalar(
        select(Signal)
        .where(
            Signal.rollout_id == new.rollout_id,
            Signal.key == new.key,
            Signal.source == new.source,
            Signal.period_from < new.period_to,
            Signal.period_to > new.period_from,
            (Signal.period_from != new.period_from) | (Signal.period_to != new.period_to),
        )
        .limit(1)
    )


def newest_signals(session: Session, rollout_id: int, limit: int = 50) -> Sequence[Signal]:
    """What was pushed last, newest first."""
    return session.scalars(
        select(Signal)
        .where(Signal.rollout_id == rollout_id)
        .order_by(Signal.id.desc())
        .limit(limit)
    ).all()


def refusals(session: Session, rollout_id: int) -> list[Refusals]:
    """Final refusals by receiving provider and by whose fault they are, most first."""
    counted: dict[tuple[str, str], int] = {}
    for provider, reason, number in session.execute(_refused(Address.lane, rollout_id)):
        key = (provider, fault_of(reason))
        counted[key] = counted.get(key, 0) + number
    found = [Refusals(*key, number) for key, number in counted.items()]
    return sorted(found, key=lambda each: (-each.number, each.provider, each.fault))


def senders_fault(session: Session, rollout_id: int, since: datetime) -> Mapping[str, int]:
    """Final refusals after *since* that are the sender's fault, by big provider; "" for others."""
    statement = _refused(Delivery.bucket, rollout_id).where(
        Outcome.at > since, Outcome.reason.in_(SENDERS_FAULT)
    )
    counted: dict[str, int] = {}
    for bucket, _, number in session.execute(statement):
        counted[bucket] = counted.get(bucket, 0) + number
    return counted


def tried_behind(session: Session, rollout_id: int) -> Mapping[str, int]:
    """How many people accepted or refused, by big provider; "" for others."""
    statement = (
        select(Slice.bucket, func.sum(Slice.sent + Slice.refused))
        .where(Slice.rollout_id == rollout_id, Slice.n_lo.is_not(None))
        .group_by(Slice.bucket)
    )
    return {bucket: int(number or 0) for bucket, number in session.execute(statement)}


def _refused(by: InstrumentedAttribute[str], rollout_id: int) -> Select[str, str, int]:
    same = (Delivery.rollout_id == Outcome.rollout_id) & (Delivery.n == Outcome.n)
    return (
        select(by, Outcome.reason, func.count())
        .select_from(Outcome)
        .join(Delivery, same)
        .join(Address, Address.id == Delivery.address_id)
        .where(Outcome.rollout_id == rollout_id, Outcome.result == literal_column("'permanent'"))
        .group_by(by, Outcome.reason)
    )


def fault_of(reason: str) -> str:
    """Whose fault a refusal for *reason* is: sender, message or recipient."""
    if reason in SENDERS_FAULT:
        return "sender"
    return "message" if reason in MESSAGES_FAULT else "recipient"


def opened_size(session: Session, rollout_id: int) -> int:
    """How many people the stages opened so far have."""
    return int(
        session.scalar(
            select(func.coalesce(func.sum(Stage.size), 0)).where(
                Stage.rollout_id == rollout_id, Stage.opened_at.is_not(None)
            )
        )
        or 0
    )


def _same_delivery() -> ColumnElement[bool]:
    return (Delivery.rollout_id == DeliveryEvent.rollout_id) & (Delivery.n == DeliveryEvent.n)
