"""When the waves of a rollout leave: what still waits, what closed, and each slice's own moment."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, exists, func, select, update
from sqlalchemy.orm import Session

from service.db.arrays import table_of
from service.db.base import Instant
from service.deliveries.models import Slice
from service.rollouts.models import (
    Rollout,
    RolloutState,
    Wave,
    WaveState,
)


def with_closed_waves(session: Session, now: datetime) -> Sequence[int]:
    """Running rollouts that may have a wave whose window has closed with people left."""
    return session.scalars(
        select(Wave.rollout_id)
        .join(Rollout, Rollout.id == Wave.rollout_id)
        .where(
            Wave.state == WaveState.DUE,
            Wave.close_at <= now,
            Rollout.state == RolloutState.RUNNING,
        )
        .distinct()
        .order_by(Wave.rollout_id)
    ).all()


def closed(session: Session, now: datetime, rollout_id: int) -> Sequence[tuple[Wave, Rollout]]:
    """Due waves of a running rollout whose window has closed with people left, both locked."""
    unmarked = exists().where(Slice.wave_id == Wave.id, Slice.marked_upto < Slice.n_hi)
    statement = (
        select(Wave, Rollout)
        .join(Rollout, Rollout.id == Wave.rollout_id)
        .where(
            Wave.rollout_id == rollout_id,
            Wave.state == WaveState.DUE,
            Wave.close_at <= now,
            Rollout.state == RolloutState.RUNNING,
            unmarked,
        )
        .order_by(Rollout.id, Wave.id)
        .with_for_update(skip_locked=True)
    )
    return [(wave, rollout) for wave, rollout in session.execute(statement)]


def unfinished_waves(session: Session, rollout_id: int) -> Sequence[Wave]:
    """A rollout's waves that are planned, or due with people left."""
    unmarked = exists().where(Slice.wave_id == Wave.id, Slice.marked_upto < Slice.n_hi)
    return session.scalars(
        select(Wave).where(
            Wave.rollout_id == rollout_id,
            Wave.state.in_((WaveState.PLANNED, WaveState.DUE)),
            unmarked,
        )
    ).all()


def move_slices(session: Session, old: Wave, new: Wave) -> int:
    """Give the unmarked people of a wave to another; return how many slices."""
    moved = session.scalars(
        update(Slice)
        .where(Slice.wave_id == old.id, Slice.marked_upto < Slice.n_hi)
        .values(
            wave_id=new.id,
            close_at=new.close_at,
            any_hour=False,
            ready=False,
            fence=Slice.fence + 1,
        )
        .returning(Slice.id)
        .execution_options(synchronize_session=False)
    )
    return len(moved.all())


def last_occurrence(session: Session, wave: Wave) -> int:
    """How often people of a wave's stage and segment have had a window so far."""
    where = (Wave.stage_id == wave.stage_id, Wave.segment_no == wave.segment_no)
    return session.scalar(select(func.max(Wave.occurrence)).where(*where)) or 0


def people_left(session: Session, wave: Wave) -> int:
    """How many of a wave's people have not been marked."""
    left = func.sum(Slice.n_hi - Slice.marked_upto)
    return int(session.scalar(select(left).where(Slice.wave_id == wave.id)) or 0)


def retime_slices(session: Session, wave: Wave) -> None:
    """Let a wave's slices know when it closes."""
    session.execute(
        update(Slice)
        .where(Slice.wave_id == wave.id)
        .values(close_at=wave.close_at, any_hour=False)
        .execution_options(synchronize_session=False)
    )


def waiting_slices(session: Session, wave: Wave) -> Sequence[tuple[int, int]]:
    """(id, first n) of a wave's unfinished slices, the shares of big providers mixed."""
    turn = func.row_number().over(partition_by=Slice.bucket, order_by=Slice.n_lo)
    statement = (
        select(Slice.id, Slice.n_lo)
        .where(Slice.wave_id == wave.id, Slice.marked_upto < Slice.n_hi)
        .order_by(turn, Slice.n_lo)
    )
    return [(key, first or 0) for key, first in session.execute(statement)]


def set_out(session: Session, slices: Sequence[int], moments: Sequence[datetime]) -> None:
    """Let each of some slices leave from its own moment on."""
    if not slices:
        return
    given = table_of(session, {"id": (BigInteger(), slices), "at": (Instant(), moments)})
    session.execute(
        update(Slice)
        .where(Slice.id == given.c.id)
        .values(open_at=given.c.at)
        .execution_options(synchronize_session=False)
    )
