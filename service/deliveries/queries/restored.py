"""Doubts what a restored database does not know to have left."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from service.deliveries.models import LaneTwo, Slice

OWNER = "restored"  # of a lease that has run out: nobody can hold it again


def doubt(session: Session, rollout_id: int, waves: Sequence[int], now: datetime) -> int:
    """Mark the rest of the slices of *waves*, and single messages due by *now*, as leaving.

    Their leases have run out; return how many people were not known to have left.
    """
    slices = (
        Slice.rollout_id == rollout_id,
        Slice.wave_id.in_(waves),
        or_(Slice.marked_upto < Slice.n_hi, Slice.owner.is_not(None)),
    )
    singles = (
        LaneTwo.rollout_id == rollout_id,
        or_(LaneTwo.due_at <= now, LaneTwo.owner.is_not(None)),
    )
    rest = session.scalar(select(func.sum(Slice.n_hi - Slice.settled_upto)).where(*slices)) or 0
    lane = session.scalar(select(func.count()).select_from(LaneTwo).where(*singles)) or 0
    gone = {"owner": OWNER, "lease_until": 0.0}
    for statement in (
        update(Slice).where(*slices).values(marked_upto=Slice.n_hi, **gone),
        update(LaneTwo).where(*singles).values(**gone),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
    return int(rest + lane)
