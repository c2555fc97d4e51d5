"""Cancels a rollout of which nothing has left."""

from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict
from service.rollouts.deciding import decided
from service.rollouts.finding import locked_rollout
from service.rollouts.models import DecisionKind, Rollout, RolloutState
from service.rollouts.stopping import halt

CAN_RECALL = frozenset({RolloutState.PLANNING, RolloutState.SCHEDULED})


def cancel(uow: UnitOfWork, public_id: str, comment: str = "") -> Rollout:
    """Cancel a rollout that has not started: nobody gets anything.

    Raises `NotFound`, and `Conflict` with its state where it has started, or is over.
    """
    rollout = locked_rollout(uow, public_id)
    if rollout.state not in CAN_RECALL:
        raise Conflict(
            f"a rollout that is {rollout.state} cannot be taken back", code=rollout.state
        )
    halt(uow, rollout, RolloutState.CANCELLED, None)
    decided(uow, rollout, DecisionKind.RECALL, comment=comment)
    return rollout
