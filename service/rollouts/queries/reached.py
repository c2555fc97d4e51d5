"""Who a rollout reached, or may have reached: the audience of its correction."""

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from service.db.upsert import upsert
from service.deliveries.models import LaneTwo, Slice
from service.deliveries.queries.accounts import DELIVERY_STATE
from service.subscribers.models import Reached

TOLD = ("accepted", "unknown")


def freeze_reached(session: Session, rollout_id: int) -> int:
    """Write down exactly whom *rollout_id* reached or may have reached; return how many."""
    session.execute(delete(Reached).where(Reached.rollout_id == rollout_id))
    view = DELIVERY_STATE.c
    source = select(view.rollout_id, view.address_id, view.matched).where(
        view.rollout_id == rollout_id, view.state.in_(TOLD)
    )
    names = ["rollout_id", "address_id", "matched"]
    session.execute(upsert(session, Reached).from_select(names, source))
    counted = select(func.count()).where(Reached.rollout_id == rollout_id)
    return session.scalar(counted) or 0


def is_drained(session: Session, rollout_id: int) -> bool:
    """Whether nothing of *rollout_id* is in flight any more."""
    in_slices = exists().where(
        Slice.rollout_id == rollout_id,
        Slice.owner.is_not(None) | (Slice.marked_upto > Slice.settled_upto),
    )
    in_lane = exists().where(LaneTwo.rollout_id == rollout_id)
    return not session.scalar(select(in_slices | in_lane))
