"""Circuits of addresses, and what waits behind them in lane two."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Executable,
    Select,
    bindparam,
    delete,
    func,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from service.db.arrays import Given
from service.db.base import Instant
from service.db.clock import database_seconds
from service.db.statements import once_per_dialect
from service.db.upsert import upsert
from service.deliveries.models import Circuit, LaneTwo
from service.subscribers.models import Address, Suppression

_REACHED = Given({"address_id": BigInteger()}, "reached")


def spared(session: Session, addresses: Collection[int]) -> Mapping[int, float]:
    """When each of *addresses* that is spared now is asked again (database's clock)."""
    rows = session.execute(
        select(Circuit.address_id, Circuit.probe_at).where(
            Circuit.address_id.in_(addresses), Circuit.probe_at > database_seconds()
        )
    )
    return {row[0]: row[1] for row in rows}


def circuit(session: Session, address_id: int) -> Circuit | None:
    """How an address does; None while nothing is known."""
    return session.get(Circuit, address_id)


def of(session: Session, addresses: Collection[int]) -> Mapping[int, Circuit]:
    """How each of *addresses* does, where something is known."""
    rows = session.scalars(select(Circuit).where(Circuit.address_id.in_(addresses)))
    return {row.address_id: row for row in rows}


def failing(session: Session, before: datetime, least: int) -> Sequence[Circuit]:
    """Those that fail since *before* or earlier, *least* times in a row or more."""
    return session.scalars(
        select(Circuit).where(Circuit.failing_since <= before, Circuit.failures >= least)
    ).all()


def count_failure(session: Session, address_id: int, now: datetime) -> int:
    """Count one more failure in a row; return how many there are."""
    insert = upsert(session, Circuit).values(
        address_id=address_id, failures=1, failing_since=now, probe_at=0.0
    )
    counted = insert.on_conflict_do_update(
        index_elements=["address_id"],
        set_={
            "failures": Circuit.failures + 1,
            "failing_since": func.coalesce(Circuit.failing_since, insert.excluded.failing_since),
        },
    )
    return session.scalar(counted.returning(Circuit.failures)) or 1


def open_for(session: Session, address_id: int, seconds: float) -> float:
    """Ask an address again in *seconds*; return when (database's clock)."""
    probing = (
        update(Circuit)
        .where(Circuit.address_id == address_id)
        .values(probe_at=database_seconds() + seconds)
        .returning(Circuit.probe_at)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(probing) or 0.0


def close(session: Session, addresses: Collection[int], now: datetime) -> Sequence[int]:
    """Note that *addresses* took something; return which of them had been spared.

    In order: whoever closes several at once locks them in order of id.
    """
    reached = _REACHED.parameters(session, [sorted(addresses)])
    spared = session.scalars(_spared(session), reached).all()
    session.execute(_closing(session), {**reached, "now": now})
    return spared


@once_per_dialect
def _spared(session: Session) -> Select[int]:
    reached = _REACHED.table(session)
    return (
        select(Circuit.address_id)
        .where(Circuit.address_id.in_(select(reached.c.address_id)), Circuit.probe_at > 0)
        .order_by(Circuit.address_id)
        .with_for_update()
    )


@once_per_dialect
def _closing(session: Session) -> Executable:
    reached, now = _REACHED.table(session), bindparam("now", type_=Instant())
    well = {"failures": literal(0), "probe_at": literal(0.0), "succeeded_at": now}
    rows = select(reached.c.address_id, *well.values()).where(true()).order_by("address_id")
    statement = upsert(session, Circuit).from_select(["address_id", *well], rows)
    changed: Executable = statement.on_conflict_do_update(
        index_elements=["address_id"], set_={**well, "failing_since": None}
    )
    return changed


def forget(session: Session, address_id: int) -> None:
    """Begin anew with an address."""
    session.execute(
        delete(Circuit)
        .where(Circuit.address_id == address_id)
        .execution_options(synchronize_session=False)
    )


def hold_waiting(session: Session, address_id: int, until: float) -> None:
    """Let what waits for an address wait until *until* (database's clock)."""
    session.execute(
        update(LaneTwo)
        .where(
            LaneTwo.address_id == address_id,
            LaneTwo.owner.is_(None),
            LaneTwo.hold_until < until,
        )
        .values(hold_until=until)
        .execution_options(synchronize_session=False)
    )


def release_waiting(session: Session, address_id: int) -> None:
    """Offer what waits for an address at its own time again."""
    session.execute(
        update(LaneTwo)
        .where(LaneTwo.address_id == address_id, LaneTwo.owner.is_(None))
        .values(hold_until=0.0)
        .execution_options(synchronize_session=False)
    )


def suppress(session: Session, address_id: int, reason: Suppression, now: datetime) -> bool:
    """Tell an address nothing any more; False if it is told nothing already."""
    changed = session.execute(
        update(Address)
        .where(Address.id == address_id, Address.suppressed_at.is_(None))
        .values(suppressed_at=now, suppressed_reason=reason)
        .returning(Address.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None
