"""Slices: claimed, marked, settled, released, stopped. One row decides every race."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Update, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from service.db.clock import database_seconds
from service.deliveries.models import Delivery, LaneTwo, Limit, Outcome, Slice

LEASE_SECONDS = 60.0


class Counts(NamedTuple):
    """What became of some people; *moved* have a row in lane two."""

    sent: int = 0
    refused: int = 0
    skipped: int = 0
    unknown: int = 0
    moved: int = 0


def claim(session: Session, channel: str, owner: str) -> Slice | None:
    """Lease the most urgent slice that is ready to *owner*; None if there is none."""
    chosen = (
        select(Slice.id)
        .where(
            Slice.channel == channel,
            Slice.ready,
            Slice.lease_until.is_(None),
            Slice.marked_upto < Slice.n_hi,
            ~is_held(channel, Slice.bucket),
        )
        .order_by(Slice.urgency.desc(), Slice.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.scalar(
        _update(Slice.id == chosen.scalar_subquery())
        .values(
            owner=owner,
            fence=Slice.fence + 1,
            lease_until=database_seconds() + LEASE_SECONDS,
        )
        .returning(Slice)
    )


def has_work(session: Session, channel: str) -> bool:
    """Is there a slice that somebody could claim."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    Slice.channel == channel,
                    Slice.ready,
                    Slice.lease_until.is_(None),
                    Slice.marked_upto < Slice.n_hi,
                )
            )
        )
    )


def mark(session: Session, held: Slice, upto: int) -> bool:
    """Move the cursor of a held slice; False if it was stopped or lost: nothing more may leave."""
    marked = session.execute(
        _update(Slice.id == held.id, Slice.fence == held.fence, Slice.ready)
        .values(marked_upto=upto, lease_until=database_seconds() + LEASE_SECONDS)
        .returning(Slice.id)
    )
    return marked.first() is not None


def settle(session: Session, slice_id: int, upto: int, counts: Counts) -> bool:
    """Note that the first outcomes up to *upto* are known; False if that was noted already.

    Tests no fence: a pause must not turn real answers into `unknown`.
    """
    settled = session.execute(
        _update(Slice.id == slice_id, Slice.settled_upto < upto)
        .values(settled_upto=upto, **_added(counts))
        .returning(Slice.id)
    )
    return settled.first() is not None


def count(session: Session, slice_id: int, counts: Counts) -> None:
    """Add to a slice's counters."""
    session.execute(_update(Slice.id == slice_id).values(**_added(counts)))


def count_in_lane(session: Session, rollout_id: int, counts: Counts) -> None:
    """Add to the counters of the first rangeless slice of a rollout."""
    first = select(func.min(Slice.id)).where(Slice.rollout_id == rollout_id, Slice.n_lo.is_(None))
    session.execute(_update(Slice.id == first.scalar_subquery()).values(**_added(counts)))


def release(session: Session, held: Slice) -> None:
    """Give a slice back; a finished one is never claimed again."""
    session.execute(
        _update(Slice.id == held.id, Slice.owner == held.owner).values(
            owner=None,
            lease_until=None,
            ready=and_(Slice.ready, Slice.marked_upto < Slice.n_hi),
        )
    )


def lane_of(session: Session, rollout_id: int, channel: str) -> Slice:
    """The rangeless slice that stands for a rollout's single messages on *channel*."""
    return session.scalars(
        select(Slice).where(
            Slice.rollout_id == rollout_id, Slice.channel == channel, Slice.n_lo.is_(None)
        )
    ).one()


def expired_leases(session: Session) -> Sequence[Slice]:
    """Slices whose worker was not heard of for a whole lease."""
    return session.scalars(
        select(Slice)
        .where(Slice.lease_until < database_seconds(), Slice.n_lo.is_not(None))
        .with_for_update(skip_locked=True)
    ).all()


def lost_numbers(session: Session, lost: Slice) -> Sequence[int]:
    """The marked people of a lost slice of whom nothing is known."""
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


def settled_of_lost(session: Session, lost: Slice) -> Counts:
    """What is known of the marked people of a lost slice: skipped when marked, or moved."""
    skipped = select(func.count()).where(
        Outcome.rollout_id == lost.rollout_id,
        Outcome.n > lost.settled_upto,
        Outcome.n <= lost.marked_upto,
        Outcome.result == "skipped",
    )
    moved = select(func.count()).where(
        LaneTwo.rollout_id == lost.rollout_id,
        LaneTwo.n > lost.settled_upto,
        LaneTwo.n <= lost.marked_upto,
    )
    return Counts(skipped=session.scalar(skipped) or 0, moved=session.scalar(moved) or 0)


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
    session.execute(
        _update(Slice.rollout_id == rollout_id).values(ready=False, fence=Slice.fence + 1)
    )


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


def supersede(session: Session, publications: Sequence[int], newer_rollout: int) -> None:
    """Let whoever *newer_rollout* tells be skipped by the older publications of its subject."""
    session.execute(
        _update(Slice.publication_id.in_(publications)).values(superseded_by=newer_rollout)
    )


def is_held(channel: str, lane: Any) -> ColumnElement[bool]:
    """Does a limit hold the whole channel back, or this lane of it."""
    keys = or_(
        and_(Limit.scope == "channel", Limit.key == channel),
        and_(Limit.scope == "lane", Limit.key == channel + ":" + lane),
    )
    return exists().where(keys, Limit.hold_until > database_seconds())


def _update(*where: Any) -> Update:
    return update(Slice).where(*where).execution_options(synchronize_session=False)


def _added(counts: Counts) -> dict[str, Any]:
    added: dict[str, Any] = {
        name: getattr(Slice, name) + value for name, value in counts._asdict().items() if value
    }
    return {**added, "touched_at": database_seconds()}
