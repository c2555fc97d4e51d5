"""Finds a rollout by the name the outside gives it."""

from sqlalchemy.orm import Session

from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound
from service.rollouts.models import Rollout
from service.rollouts.queries import states


def found_rollout(session: Session, public_id: str) -> Rollout:
    """Return the rollout *public_id*; raises `NotFound`."""
    rollout = states.by_public_id(session, public_id)
    if rollout is None:
        raise NotFound(f"there is no rollout {public_id}")
    return rollout


def locked_rollout(uow: UnitOfWork, public_id: str) -> Rollout:
    """Return the same, locked until the unit of work ends; raises `NotFound`."""
    rollout = states.for_decision(uow.session, public_id)
    if rollout is None:
        raise NotFound(f"there is no rollout {public_id}")
    return rollout
