"""Slices: claimed, marked, settled, released, stopped. One row decides every race.

Whoever changes several slices in one transaction locks them in order of id: a pause takes all of a
rollout's, and must never meet another the other way round.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Select,
    String,
    Update,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from service.db.arrays import Given
from service.db.base import Instant
from service.db.clock import database_seconds
from service.db.statements import once_per_dialect, table
from service.deliveries.models import BEHIND, Delivery, LaneTwo, Limit, LimitScope, Outcome, Slice

PATIENCE = 2.0  # seconds that whoever holds a slice waits for the next token


class Counts(NamedTuple):
    """What became of some people; *moved* have a row in lane two."""

    sent: int = 0
    refused: int = 0
    skipped: int = 0
    unknown: int = 0
    moved: int = 0


_SLICE = table(Slice).c
_MARKING = (
    update(table(Slice))
    .where(
        _SLICE.id == bindparam("the_slice"), _SLICE.fence == bindparam("the_fence"), _SLICE.ready
    )
    .values(
        marked_upto=bindparam("upto"),
        lease_until=database_seconds() + bindparam("lease", type_=Float()),
    )
    .returning(_SLICE.id)
)
_SETTLING = (
    update(table(Slice))
    .where(_SLICE.id == bindparam("the_slice"), _SLICE.settled_upto < bindparam("upto"))
    .values(
        settled_upto=bindparam("upto"),
        touched_at=database_seconds(),
        **{name: _SLICE[name] + bindparam(f"more_{name}") for name in Counts._fields},
    )
    .returning(_SLICE.id)
)
_RELEASING = (
    update(table(Slice))
    .where(_SLICE.id == bindparam("the_slice"), _SLICE.owner == bindparam("the_owner"))
    .values(
        owner=None,
        lease_until=None,
        ready=and_(_SLICE.ready, _SLICE.marked_upto < _SLICE.n_hi),
    )
)


_NUMBERS = Given({"n": BigInteger()}, "numbers")
_ON = bindparam("on", type_=String())
_FREE = (
    Slice.channel == _ON,
    Slice.ready,
    Slice.owner.is_(None),
    Slice.marked_upto < Slice.n_hi,
    or_(Slice.close_at.is_(None), Slice.close_at > bindparam("at", type_=Instant())),
    or_(Slice.open_at.is_(None), Slice.open_at <= bindparam("at", type_=Instant())),
)
_READY = select(exists().where(*_FREE))


def total(each: Iterable[Counts]) -> Counts:
    """The sum of some counts."""
    return Counts(*map(sum, zip(Counts(), *each, strict=True)))


def difference(one: Counts, other: Counts) -> Counts:
    """*one* without *other*."""
    return Counts(*(first - second for first, second in zip(one, other, strict=True)))


def claim(
    session: Session, channel: str, owner: str, now: datetime, lease: float, after: int = 0
) -> Slice | None:
    """Lease the most urgent slice ready to leave to *owner* for *lease* seconds; None if none is.

    Rollouts of equal urgency take turns: the next is the one that follows *after*, the rollout
    served last. A slice whose window has closed waits to be carried: it would only be given back
    again.
    """
    given = {"on": channel, "at": now, "after": after, "holder": owner, "lease": lease}
    # Through the ORM an UPDATE costs four times as much, most of it before it is executed.
    claimed = session.execute(_claiming(session), given).mappings().one_or_none()
    return Slice(**claimed) if claimed else None


@once_per_dialect
def _claiming(_session: Session) -> Any:
    chosen = (
        select(Slice.id)
        .where(*_FREE, ~is_held(_ON, Slice.bucket))
        .order_by(
            Slice.urgency.desc(),
            case((Slice.rollout_id > bindparam("after", type_=BigInteger()), 0), else_=1),
            Slice.rollout_id,
            Slice.id,
        )
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return (
        update(table(Slice))
        .where(_SLICE.id == chosen.scalar_subquery())
        .values(
            owner=bindparam("holder"),
            fence=_SLICE.fence + 1,
            lease_until=database_seconds() + bindparam("lease", type_=Float()),
        )
        .returning(*_SLICE)
    )


def has_work(session: Session, channel: str, now: datetime) -> bool:
    """Is there a slice that somebody could claim, if nothing holds it back."""
    return bool(session.scalar(_READY, {"on": channel, "at": now}))


def mark(session: Session, held: Slice, upto: int, lease: float) -> bool:
    """Move the cursor of a held slice; False if it was stopped or lost: nothing more may leave."""
    given = {"the_slice": held.id, "the_fence": held.fence, "upto": upto, "lease": lease}
    return session.scalar(_MARKING, given) is not None


def settle(session: Session, slice_id: int, upto: int, counts: Counts) -> bool:
    """Note that the first outcomes up to *upto* are known; False if that was noted already.

    Tests no fence: a pause must not turn real answers into `unknown`.
    """
    more = {f"more_{name}": value for name, value in counts._asdict().items()}
    given = {"the_slice": slice_id, "upto": upto, **more}
    return session.scalar(_SETTLING, given) is not None


def count(session: Session, slice_id: int, counts: Counts) -> None:
    """Add to a slice's counters."""
    if any(counts):
        session.execute(_update(Slice.id == slice_id).values(**_added(counts)))


def count_people(session: Session, lane: Slice, changes: Mapping[int, Counts]) -> None:
    """Add changes of people of *lane*, by n, to the slices that moved them there, else to *lane*.

    So a gate sees what became of all its people, not only of those whose first attempt decided.
    """
    homes = _homes(session, lane.rollout_id, list(changes)) if changes else {}
    found = defaultdict[int, list[Counts]](list)
    for n, counts in changes.items():
        home = homes.get(n)
        found[home or lane.id].append(counts if home else counts._replace(moved=0))
    for slice_id in sorted(found):
        count(session, slice_id, total(found[slice_id]))


def _homes(session: Session, rollout_id: int, numbers: Sequence[int]) -> Mapping[int, int]:
    """The slice in whose range each of *numbers* is."""
    given = {"of_rollout": rollout_id, **_NUMBERS.parameters(session, [numbers])}
    return {row.n: row.home for row in session.execute(_homing(session), given) if row.home}


@once_per_dialect
def _homing(session: Session) -> Select[Any]:
    n = _NUMBERS.table(session).c.n
    home = (
        select(_SLICE.id)
        .where(
            _SLICE.rollout_id == bindparam("of_rollout", type_=BigInteger()),
            _SLICE.n_lo <= n,
            _SLICE.n_hi >= n,
        )
        .limit(1)
        .scalar_subquery()
    )
    return select(n, home.label("home"))


def count_in_lane(session: Session, rollout_id: int, counts: Counts) -> None:
    """Add to the counters of the first rangeless slice of a rollout."""
    first = select(func.min(Slice.id)).where(Slice.rollout_id == rollout_id, Slice.n_lo.is_(None))
    session.execute(_update(Slice.id == first.scalar_subquery()).values(**_added(counts)))


def release(session: Session, held: Slice) -> None:
    """Give a slice back; a finished one is never claimed again."""
    session.execute(_RELEASING, {"the_slice": held.id, "the_owner": held.owner})


def lane_of(session: Session, rollout_id: int, channel: str) -> Slice:
    """The rangeless slice that stands for a rollout's single messages on *channel*."""
    return session.scalars(
        select(Slice).where(
            Slice.rollout_id == rollout_id, Slice.channel == channel, Slice.n_lo.is_(None)
        )
    ).one()


def stages_opened(session: Session, rollout_id: int) -> int:
    """How many stages of a rollout have slices: its ramp is that far."""
    opened = func.count(Slice.stage_id.distinct())
    return session.scalar(select(opened).where(Slice.rollout_id == rollout_id)) or 0


def expired_lease(session: Session) -> Slice | None:
    """A slice whose worker was not heard of for a whole lease, locked."""
    return session.scalar(
        select(Slice)
        .where(Slice.owner.is_not(None), Slice.lease_until < database_seconds())
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def lost_numbers(session: Session, lost: Slice) -> Sequence[int]:
    """The marked people of a lost slice of whom nothing is known, nor counted."""
    in_lane = exists().where(LaneTwo.rollout_id == Delivery.rollout_id, LaneTwo.n == Delivery.n)
    known = exists().where(Outcome.rollout_id == Delivery.rollout_id, Outcome.n == Delivery.n)
    return session.scalars(
        select(Delivery.n)
        .where(
            Delivery.rollout_id == lost.rollout_id,
            Delivery.n > lost.settled_upto,
            Delivery.n <= lost.marked_upto,
            ~in_lane,
            ~known,
        )
        .order_by(Delivery.n)
    ).all()


def free(session: Session, lost: Slice) -> None:
    """Take the lease of a lost slice away, everything marked being settled."""
    session.execute(
        _update(Slice.id == lost.id).values(
            owner=None,
            lease_until=None,
            fence=Slice.fence + 1,
            ready=and_(Slice.ready, Slice.marked_upto < Slice.n_hi),
        )
    )


def stop(session: Session, rollout_id: int) -> None:
    """Let nothing more of a rollout be claimed or marked; what is in flight still lands."""
    all_of_it = Slice.rollout_id == rollout_id
    session.execute(select(Slice.id).where(all_of_it).order_by(Slice.id).with_for_update())
    session.execute(_update(all_of_it).values(ready=False, fence=Slice.fence + 1))


def cut_off(session: Session, wave_id: int) -> Sequence[tuple[int, int]]:
    """Let the slices of a wave end at their cursors; return the (first, last) n they gave up."""
    where = (Slice.wave_id == wave_id, Slice.marked_upto < Slice.n_hi)
    left = session.execute(
        select(Slice.marked_upto + 1, Slice.n_hi).where(*where).order_by(Slice.id).with_for_update()
    ).all()
    session.execute(
        _update(*where).values(n_hi=Slice.marked_upto, ready=False, fence=Slice.fence + 1)
    )
    return [(first or 0, last or 0) for first, last in left]


def make_ready(session: Session, waves: Sequence[int]) -> None:
    """Let the unfinished slices of some waves be claimed."""
    session.execute(
        _update(Slice.wave_id.in_(waves), Slice.marked_upto < Slice.n_hi).values(ready=True)
    )


def make_lanes_ready(session: Session, rollout_id: int) -> None:
    """Let a rollout's single messages leave."""
    session.execute(
        _update(Slice.rollout_id == rollout_id, Slice.n_lo.is_(None)).values(ready=True)
    )


def is_held(channel: ColumnElement[str], lane: Any) -> ColumnElement[bool]:
    """Does a limit hold the whole channel back, this lane of it, or the rollout."""
    keys = or_(
        and_(Limit.scope == LimitScope.CHANNEL, Limit.key == channel),
        and_(Limit.scope.in_(BEHIND), Limit.key == channel + ":" + lane),
        and_(Limit.scope == LimitScope.ROLLOUT, Limit.key == cast(Slice.rollout_id, String())),
    )
    # A token that comes within seconds is waited for by whoever holds the slice.
    late = or_(Limit.hold_until > database_seconds(), Limit.free_at > database_seconds() + PATIENCE)
    return exists().where(keys, late)


def _update(*where: Any) -> Update:
    return update(Slice).where(*where).execution_options(synchronize_session=False)


def _added(counts: Counts) -> dict[str, Any]:
    added: dict[str, Any] = {
        name: getattr(Slice, name) + value for name, value in counts._asdict().items() if value
    }
    return {**added, "touched_at": database_seconds()}
