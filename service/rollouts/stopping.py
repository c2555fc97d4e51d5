"""Stops a rollout in one transaction: its state and the fences of its slices."""

from service.db.unit_of_work import UnitOfWork
from service.deliveries.queries import slices
from service.rollouts.models import OVER, PauseReason, Rollout, RolloutState
from service.rollouts.queries import states


def halt(
    uow: UnitOfWork, rollout: Rollout, state: RolloutState, reason: PauseReason | None
) -> None:
    """Let nothing more be marked once this is committed; what is in flight still lands."""
    rollout.state, rollout.pause_reason = state, reason
    slices.stop(uow.session, rollout.id)
    if state in OVER:
        rollout.ended_at = uow.now
        states.cancel_waves(uow.session, rollout.id)
