"""Holds a rollout to what was approved, whatever else may have written to the database."""

from service.db.unit_of_work import UnitOfWork
from service.publications.freezing import is_as_approved
from service.publications.models import Publication
from service.rollouts.actions import hold_back
from service.rollouts.models import PauseReason, Rollout


def is_bound(uow: UnitOfWork, rollout: Rollout, publication: Publication) -> bool:
    """Whether *rollout*, scheduled or running, sends what was approved; it is paused if not."""
    if is_as_approved(publication):
        return True
    hold_back(uow, rollout, PauseReason.CHANGED, "it is not what was approved")
    return False
