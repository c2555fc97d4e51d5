"""Lets go of judgements that say what the one before said: a stage is judged every minute.

Kept for good: all that said something new, and all on which something was decided. Of the repeats,
all of the last day and one an hour of what is older. Each is derived from its own inputs, so what
is kept can be derived again whatever was let go of.
"""

from datetime import datetime, timedelta

from service.db.unit_of_work import UnitOfWork
from service.rollouts.models import GateRun, Rollout
from service.rollouts.queries import judgements

WHOLE = timedelta(days=1)


def thin(uow: UnitOfWork, rollout: Rollout, last: GateRun | None) -> None:
    """Thin the older judgements of *rollout*, once an hour; *last* is the newest."""
    if last is None or _hour(last.at) == _hour(uow.now):
        return
    kept = set[tuple[int, datetime]]()
    surplus = list[int]()
    for run in judgements.repeats(uow.session, rollout.id, uow.now - WHOLE):
        place = (run.stage_id, _hour(run.at))
        if place in kept:
            surplus.append(run.id)
        kept.add(place)
    if surplus:
        judgements.forget(uow.session, surplus)


def _hour(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)
