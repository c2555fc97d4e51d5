"""What came of attempts: written in arrays, never changed but from unknown to known."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CursorResult,
    Integer,
    String,
    bindparam,
    exists,
    func,
    literal,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from service.db.arrays import Given
from service.db.base import Instant
from service.db.clock import database_seconds
from service.db.statements import once_per_dialect, table
from service.db.upsert import upsert
from service.deliveries.models import SKIPPED, Delivery, LaneTwo, Outcome, Skip, Slice


class Row(NamedTuple):
    """One outcome of one rollout, to be written."""

    n: int
    attempt: int
    result: str
    scope: str = ""
    reason: str = ""
    code: str = ""
    detail: str = ""
    reference: str = ""


_ROWS = Given(
    {
        "n": BigInteger(),
        "attempt": Integer(),
        "result": String(),
        "scope": String(),
        "reason": String(),
        "code": String(),
        "detail": String(),
        "reference": String(),
    }
)
_RESOLVED = ("result", "scope", "reason", "code", "detail", "reference", "at", "known_at")


def record(session: Session, rollout_id: int, rows: Sequence[Row], now: datetime) -> None:
    """Write *rows*; one that is there already changes only if it was `unknown`."""
    if rows:
        given = _ROWS.parameters(session, list(zip(*rows, strict=True)))
        parameters = {"of_rollout": rollout_id, "when": now, **given}
        session.execute(_recording(session), parameters)


@once_per_dialect
def _recording(session: Session) -> Any:
    given = _ROWS.table(session)
    insert = upsert(session, Outcome)
    names = ["rollout_id", *_ROWS.kinds, "at", "known_at"]
    source = select(
        bindparam("of_rollout", type_=BigInteger()),
        *(given.c[name] for name in _ROWS.kinds),
        bindparam("when", type_=Instant()),
        database_seconds(),
    ).where(true())
    statement = insert.from_select(names, source)
    return statement.on_conflict_do_update(
        index_elements=["rollout_id", "n", "attempt"],
        set_={name: statement.excluded[name] for name in _RESOLVED},
        where=table(Outcome).c.result == "unknown",
    )


def results(session: Session, rollout_id: int, n: int) -> Mapping[int, str]:
    """What is written of the attempts to reach one person."""
    where = (Outcome.rollout_id == rollout_id, Outcome.n == n)
    found = session.execute(select(Outcome.attempt, Outcome.result).where(*where))
    return {attempt: result for attempt, result in found}  # noqa: C416 - rows, not pairs


def accepted(session: Session, rollout_id: int, numbers: Sequence[int]) -> frozenset[int]:
    """Those of some deliveries that an attempt reached."""
    where = (Outcome.rollout_id == rollout_id, Outcome.n.in_(numbers), Outcome.result == "sent")
    return frozenset(session.scalars(select(Outcome.n).where(*where)))


def in_doubt(session: Session, rollout_id: int, numbers: Sequence[int]) -> frozenset[int]:
    """Those of some deliveries that an attempt may have reached, and none certainly did."""
    where = (Outcome.rollout_id == rollout_id, Outcome.n.in_(numbers))
    maybe = session.scalars(select(Outcome.n).where(*where, Outcome.result == "unknown"))
    return frozenset(maybe) - accepted(session, rollout_id, numbers)


def refuse_doubtful(
    session: Session, rollout_id: int, answered: Sequence[tuple[int, int]], now: datetime
) -> None:
    """Refuse the doubtful attempts at those *answered* by (n, attempt): nobody is there.

    Not that attempt itself: a late answer must find it in doubt, or it settles nothing.
    """
    if answered:
        statement = update(Outcome).where(
            Outcome.rollout_id == rollout_id,
            Outcome.n.in_([n for n, _ in answered]),
            tuple_(Outcome.n, Outcome.attempt).not_in(answered),
            Outcome.result == "unknown",
        )
        known = {"reason": "unknown_recipient", "at": now, "known_at": database_seconds()}
        session.execute(statement.values(result="permanent", **known))


def skip_rest(session: Session, rollout_id: int, reason: Skip, now: datetime) -> int:
    """Write a skip for everybody of a rollout who neither left nor is leaving; return how many.

    Those in lane two get it as their next attempt; the caller empties the lane afterwards. Who may
    have been reached by an earlier one stays in doubt, and is counted when the lane is emptied.
    """
    cursor = (
        select(Slice.marked_upto)
        .where(Slice.rollout_id == Delivery.rollout_id, Slice.n_lo <= Delivery.n)
        .order_by(Slice.n_lo.desc())
        .limit(1)
        .scalar_subquery()
    )
    doubtful = exists().where(
        Outcome.rollout_id == LaneTwo.rollout_id,
        Outcome.n == LaneTwo.n,
        Outcome.result == "unknown",
    )
    waits = LaneTwo.id.is_not(None) & LaneTwo.owner.is_(None) & ~doubtful
    unsent = LaneTwo.id.is_(None) & (func.coalesce(cursor, -1) < Delivery.n)
    return _skip(
        session, func.coalesce(LaneTwo.attempt, 1), reason, now, rollout_id, waits | unsent
    )


def skip_between(
    session: Session, rollout_id: int, first: int, last: int, reason: Skip, now: datetime
) -> int:
    """Write a skip for deliveries first..last, whom nobody tried to reach; return how many."""
    return _skip(session, literal(1), reason, now, rollout_id, Delivery.n.between(first, last))


def skip_ranked_above(
    session: Session, rollout_id: int, rank: int, reason: Skip, now: datetime
) -> int:
    """Write a skip for everybody who comes after *rank*, whom nobody tries to reach; how many."""
    return _skip(session, literal(1), reason, now, rollout_id, Delivery.rank > rank)


def _skip(
    session: Session,
    attempt: ColumnElement[int],
    reason: Skip,
    now: datetime,
    rollout_id: int,
    *where: ColumnElement[bool],
) -> int:
    values: dict[str, ColumnElement[Any]] = {
        "rollout_id": Delivery.rollout_id.expression,
        "n": Delivery.n.expression,
        "attempt": attempt,
        "result": literal(SKIPPED),
        "reason": literal(reason.value),
        **{name: literal("") for name in ("scope", "code", "detail", "reference")},
        "at": literal(now, Instant()),
        "known_at": database_seconds(),
    }
    source = (
        select(*values.values())
        .outerjoin(LaneTwo, (LaneTwo.rollout_id == Delivery.rollout_id) & (LaneTwo.n == Delivery.n))
        .where(Delivery.rollout_id == rollout_id, *where)
    )
    statement = upsert(session, Outcome).from_select(list(values), source)
    return cast(
        CursorResult[Any],
        session.execute(
            statement.on_conflict_do_nothing().execution_options(preserve_rowcount=True)
        ),
    ).rowcount


def last_first_attempts(
    session: Session, rollout_id: int, most: int, *, since: float | None = None
) -> Mapping[str, int]:
    """Results of about the last *most* first attempts of a rollout, by result; render errors too.

    Only those written after *since* (database's clock), if given.

    Read from the slices settled last, by primary key: no index on the time of an outcome needed.
    """
    recent = session.execute(
        select(Slice.settled_upto, Slice.n_lo)
        .where(
            Slice.rollout_id == rollout_id,
            Slice.n_lo.is_not(None),
            Slice.settled_upto >= Slice.n_lo,
        )
        .order_by(Slice.touched_at.desc())
        .limit(8)
    ).all()
    counted: dict[str, int] = {"render": 0}
    for settled, first in ((upto or 0, lo or 0) for upto, lo in recent):
        left = most - sum(counted.get(key, 0) for key in ("sent", "permanent", "transient"))
        if left <= 0:
            break
        statement = (
            select(Outcome.result, Outcome.reason, func.count())
            .where(
                Outcome.rollout_id == rollout_id,
                Outcome.attempt == 1,
                Outcome.n > max(settled - left, first - 1),
                Outcome.n <= settled,
                Outcome.known_at > (since or 0.0),
            )
            .group_by(Outcome.result, Outcome.reason)
        )
        for result, reason, number in session.execute(statement):
            counted[result] = counted.get(result, 0) + number
            counted["render"] += number if reason == "render" else 0
    return counted
