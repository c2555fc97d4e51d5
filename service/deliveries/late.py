"""A late answer: the far side's word on an attempt that was given up as unknown meanwhile."""

from channels.base import Result
from service.db.unit_of_work import UnitOfWork
from service.deliveries.queries import lane_two, outcomes, slices
from service.deliveries.queries.outcomes import Row
from service.deliveries.queries.slices import Counts
from service.deliveries.settling import TERMINAL

FINAL = (Result.SENT, Result.PERMANENT)


def resolve(uow: UnitOfWork, slice_id: int, rollout_id: int, late: Row) -> None:
    """Let *late* settle its own attempt, and call off another one that has not begun."""
    written = outcomes.results(uow.session, rollout_id, [(late.n, late.attempt)])
    if late.result not in FINAL or written.get((late.n, late.attempt)) != Result.UNKNOWN:
        return
    outcomes.record(uow.session, rollout_id, [late], uow.now)
    if lane_two.drop_waiting(uow.session, rollout_id, [late.n]):
        was = Counts(moved=1)
    elif lane_two.is_in(uow.session, rollout_id, late.n):
        return  # it is being sent again, and that attempt will be counted
    else:
        was = Counts(unknown=1)
    became = TERMINAL[late.result]
    change = Counts(*(now - then for now, then in zip(became, was, strict=True)))
    slices.count(uow.session, slice_id, change)
