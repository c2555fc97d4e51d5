"""Cuts a planned audience into stages: cohorts, then the ramp; the last ranks are kept out."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import Skip
from service.deliveries.queries import outcomes, slices
from service.deliveries.queries.slices import Counts
from service.publications.plans import Plan
from service.rollouts.models import Rollout, Stage, StageKind, StageState
from service.rollouts.permutation import ranks_of
from service.rollouts.queries import planning as queries


class Ladder(NamedTuple):
    """The stages of a rollout, and the last rank that is ever reached (None: all of them are)."""

    stages: list[Stage]
    last_rank: int | None


def ladder(uow: UnitOfWork, rollout: Rollout, plan: Plan) -> Ladder:
    """Return the stages of a planned *rollout*: a pure function of its deliveries and its plan."""
    sizes = queries.cohort_sizes(uow.session, rollout.id)
    named = len(plan.cohorts)
    soft = [(place, sizes[place]) for place in range(named) if place in sizes]
    rest, everybody = sizes.get(named, 0), sum(sizes.values())
    reached = max(rest - plan.held_out(everybody), 0)
    steps = list(_steps(uow, rollout, plan, reached, rest))
    last_rank = _last(named, steps) if reached < rest else None
    bounds = [(StageKind.SOFT, *ranks_of(place), size) for place, size in soft]
    bounds += [
        (StageKind.RAMP, before + 1, rank, upto - earlier)
        for (before, earlier), (rank, upto) in pairwise([(ranks_of(named)[0] - 1, 0), *steps])
    ]
    if steps and len(bounds) > 1:
        bounds[-1] = (StageKind.REST, *bounds[-1][1:])
    stages = [
        Stage(
            rollout_id=rollout.id,
            no=no,
            kind=kind,
            rank_lo=first,
            rank_hi=last,
            size=size,
            state=StageState.PENDING,
        )
        for no, (kind, first, last, size) in enumerate(bounds, 1)
    ]
    return Ladder(stages, last_rank)


def _steps(
    uow: UnitOfWork, rollout: Rollout, plan: Plan, reached: int, rest: int
) -> Iterator[tuple[int, int]]:
    """(last rank, people so far) of each stage after the cohorts, the last reaching *reached*.

    Addresses of one subscriber share a rank and are never parted: a stage may be a little larger.
    """
    if not reached:
        return
    first, last = ranks_of(len(plan.cohorts))
    counts = plan.growing(reached)
    found = queries.ranks_at(uow.session, rollout.id, counts, first)
    for rank, upto in found:
        yield (last if upto == rest else rank), upto


def _last(named: int, steps: list[tuple[int, int]]) -> int:
    return steps[-1][0] if steps else ranks_of(named)[0] - 1


def keep_out(uow: UnitOfWork, rollout: Rollout, planned: Ladder) -> None:
    """Give everybody beyond the last rank their reason, before the first stage opens."""
    if planned.last_rank is None:
        return
    kept = outcomes.skip_ranked_above(
        uow.session, rollout.id, planned.last_rank, Skip.HOLDOUT, uow.now
    )
    rollout.holdout = kept
    if kept:
        slices.count_in_lane(uow.session, rollout.id, Counts(skipped=kept))
