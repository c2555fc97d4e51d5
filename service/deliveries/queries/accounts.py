"""Where deliveries stand: by counters while they leave, by recount for the proof."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    func,
    select,
)
from sqlalchemy.orm import Session

from service.db.clock import database_seconds
from service.deliveries.models import Delivery, DeliveryState, Outcome, Slice
from service.deliveries.queries import lane_two
from service.subscribers.models import Address, Subscriber

#: The view of migration 0002. In a metadata of its own: it is no table to create or compare.
DELIVERY_STATE = Table(
    "delivery_state",
    MetaData(),
    Column("rollout_id", BigInteger()),
    Column("n", BigInteger()),
    Column("address_id", BigInteger()),
    Column("segment", SmallInteger()),
    Column("rank", BigInteger()),
    Column("matched", Integer()),
    Column("state", String()),
    Column("reason", String()),
    Column("attempt", Integer()),
)


class Standing(NamedTuple):
    """How many of a rollout's deliveries are where; the parts always sum to *total*."""

    total: int
    planned: int
    sending: int
    accepted: int
    rejected: int
    deferred: int
    unknown: int
    skipped: int

    @property
    def done(self) -> int:
        """Those of whom nothing more is expected."""
        return self.accepted + self.rejected + self.unknown + self.skipped


class StageStanding(NamedTuple):
    """The same for one stage, from its slices; *settled* are those first tried."""

    total: int = 0
    settled: int = 0
    sent: int = 0
    refused: int = 0
    skipped: int = 0
    unknown: int = 0
    moved: int = 0


class Line(NamedTuple):
    """One delivery as it is shown."""

    n: int
    channel: str
    address: str  # masked
    timezone: str
    locale: str
    state: str
    reason: str
    attempt: int
    at: datetime | None
    code: str
    detail: str
    matched: int


def standing(session: Session, rollout_id: int, total: int) -> Standing:
    """The counts of a rollout of *total* deliveries, from the counters of its slices."""
    return standings(session, {rollout_id: total})[rollout_id]


def standings(session: Session, totals: Mapping[int, int]) -> Mapping[int, Standing]:
    """The counts of some rollouts (id → deliveries in all), however many, in two statements."""
    marked = Slice.marked_upto - Slice.n_lo + 1
    counted = Slice.sent + Slice.refused + Slice.unknown + Slice.skipped + Slice.moved
    sums = (
        func.sum(Slice.sent),
        func.sum(Slice.refused),
        func.sum(Slice.unknown),
        func.sum(Slice.skipped),
        func.sum(marked - counted).filter(Slice.n_lo.is_not(None)),
    )
    chosen = select(Slice.rollout_id, *sums).where(Slice.rollout_id.in_(totals))
    rows = session.execute(chosen.group_by(Slice.rollout_id))
    found = {rollout_id: [int(value or 0) for value in row] for rollout_id, *row in rows}
    waiting = lane_two.waiting(session, totals)
    return {
        key: _standing(total, found.get(key, (0,) * len(sums)), *waiting.get(key, (0, 0)))
        for key, total in totals.items()
    }


def _standing(total: int, counted: Sequence[int], under_way: int, deferred: int) -> Standing:
    sent, refused, unknown, skipped, in_flight = counted
    sending = in_flight + under_way
    settled = sent + refused + unknown + skipped
    planned = total - settled - sending - deferred
    return Standing(total, planned, sending, sent, refused, deferred, unknown, skipped)


def stage_standing(session: Session, stage_id: int, rollout_id: int) -> StageStanding:
    """The counts of the slices of one stage of a rollout."""
    return stage_standings(session, rollout_id).get(stage_id, StageStanding())


def stage_standings(session: Session, rollout_id: int) -> Mapping[int, StageStanding]:
    """The counts of the slices of a rollout, by the id of their stage; one not opened has none."""
    sums = (
        func.sum(Slice.n_hi - Slice.n_lo + 1),
        func.sum(Slice.settled_upto - Slice.n_lo + 1),
        func.sum(Slice.sent),
        func.sum(Slice.refused),
        func.sum(Slice.skipped),
        func.sum(Slice.unknown),
        func.sum(Slice.moved),
    )
    of_stages = (Slice.rollout_id == rollout_id, Slice.stage_id.is_not(None))
    chosen = select(Slice.stage_id, *sums).where(*of_stages).group_by(Slice.stage_id)
    return {
        stage_id: StageStanding(*(int(value or 0) for value in row))
        for stage_id, *row in session.execute(chosen)
        if stage_id is not None
    }


def recount(session: Session, rollout_id: int) -> Mapping[DeliveryState, int]:
    """The counts of a rollout, derived delivery by delivery: the proof."""
    view = DELIVERY_STATE.c
    statement = (
        select(view.state, func.count()).where(view.rollout_id == rollout_id).group_by(view.state)
    )
    return {DeliveryState(state): number for state, number in session.execute(statement)}


def skip_reasons(session: Session, rollout_id: int) -> Mapping[str, int]:
    """How many of a rollout were skipped, by reason."""
    statement = (
        select(Outcome.reason, func.count())
        .where(Outcome.rollout_id == rollout_id, Outcome.result == "skipped")
        .group_by(Outcome.reason)
    )
    return {reason: number for reason, number in session.execute(statement)}  # noqa: C416 - rows are no pairs to dict()


def by_channel(session: Session, rollout_id: int) -> Mapping[str, tuple[int, int]]:
    """(sent, refused) of a rollout by channel."""
    statement = (
        select(Slice.channel, func.sum(Slice.sent), func.sum(Slice.refused))
        .where(Slice.rollout_id == rollout_id)
        .group_by(Slice.channel)
    )
    return {name: (int(sent or 0), int(no or 0)) for name, sent, no in session.execute(statement)}


def lines(
    session: Session,
    rollout_id: int,
    *,
    after: int = 0,
    limit: int = 100,
    state: DeliveryState | None = None,
) -> Sequence[Line]:
    """Deliveries of a rollout after number *after*, in order."""
    view = DELIVERY_STATE.c
    statement = (
        select(
            view.n,
            Address.channel,
            Address.shown,
            Subscriber.timezone,
            Subscriber.locale,
            view.state,
            func.coalesce(view.reason, ""),
            func.coalesce(view.attempt, 0),
            Outcome.at.label("at"),
            func.coalesce(Outcome.code, ""),
            func.coalesce(Outcome.detail, ""),
            view.matched,
        )
        .join(Address, Address.id == view.address_id)
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .outerjoin(
            Outcome,
            (Outcome.rollout_id == view.rollout_id)
            & (Outcome.n == view.n)
            & (Outcome.attempt == view.attempt),
        )
        .where(view.rollout_id == rollout_id, view.n > after)
        .order_by(view.n)
        .limit(limit)
    )
    if state is not None:
        statement = statement.where(view.state == state.value)
    return [Line(*row) for row in session.execute(statement)]


def database_now(session: Session) -> float:
    """The database's clock, in Unix seconds."""
    return float(session.scalar(select(database_seconds())) or 0.0)


def numbers(session: Session, rollout_id: int) -> int:
    """How many deliveries a rollout has."""
    where = Delivery.rollout_id == rollout_id
    return session.scalar(select(func.count()).where(where)) or 0
