"""Stops a rollout in one transaction: its state and the fences of its slices."""

from service.db.unit_of_work import UnitOfWork
from service.deliveries.queries import accounts, lane_two, limits, slices
from service.deliveries.queries.slices import Counts
from service.rollouts.models import OVER, PauseReason, Rollout, RolloutState
from service.rollouts.queries import states


def halt(
    uow: UnitOfWork, rollout: Rollout, state: RolloutState, reason: PauseReason | None
) -> None:
    """Let nothing more be marked once this is committed; what is in flight still lands."""
    rollout.state, rollout.pause_reason = state, reason
    rollout.asked_at = None  # staff are told of what stops it now, whatever they were told before
    slices.stop(uow.session, rollout.id)
    if state in OVER:
        rollout.ended_at = uow.now
        limits.forget_idle(uow.session, [rollout.id])
        states.cancel_waves(uow.session, rollout.id)
        states.fail_stages(uow.session, rollout.id, uow.now)
    if rollout.planned_at is None:
        rollout.size = accounts.numbers(uow.session, rollout.id)  # as far as it was planned


def clear_lane(uow: UnitOfWork, rollout_id: int) -> None:
    """Call off the single messages of a rollout that is over; what is in flight still lands."""
    doubtful = lane_two.empty(uow.session, rollout_id)
    slices.count_in_lane(uow.session, rollout_id, Counts(unknown=doubtful))
