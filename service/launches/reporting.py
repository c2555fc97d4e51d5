"""The final report of a launch: what became of it, and its success criteria, measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from service.deliveries.queries.accounts import Standing, standing
from service.launches import queries
from service.launches.models import LaunchTrouble
from service.launches.plan import Criterion, Measure
from service.launches.standing import LaunchStanding
from service.rollouts.models import OVER, Decision, DecisionKind, Rollout, RolloutState
from service.rollouts.queries import states


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion: what was measured (None: nothing yet) and whether that is success."""

    criterion: Criterion
    value: float | None
    is_met: bool | None


@dataclass(frozen=True, slots=True)
class Report:
    """All criteria; *is_final* once the rollout is over."""

    rollout: Rollout | None
    lines: tuple[Line, ...]
    is_final: bool
    counts: Standing | None  # of its deliveries
    trouble: Sequence[Decision | LaunchTrouble]  # what went wrong, or somebody said so, in order

    @property
    def is_success(self) -> bool | None:
        """Whether every criterion is met; None before the end."""
        return all(line.is_met for line in self.lines) if self.is_final else None


def report(session: Session, seen: LaunchStanding) -> Report:
    """Return the report of a launch as things are."""
    plan, about = seen.plan, seen.publication
    before = queries.troubles(session, seen.launch.id)
    rollout = states.of_publication(session, about.id) if about else None
    if rollout is None or rollout.state is RolloutState.CANCELLED:  # its approval was taken back
        nothing = tuple(_line(each, None) for each in plan.criteria)
        return Report(None, nothing, is_final=False, counts=None, trouble=before)
    counts = standing(session, rollout.id, rollout.size)
    decisions = states.decisions(session, rollout.id)
    values = _values(rollout, counts, decisions) if rollout.started_at else {}
    return Report(
        rollout,
        tuple(_line(each, values.get(each.measure)) for each in plan.criteria),
        rollout.state in OVER,
        counts,
        [*before, *(each for each in decisions if queries.is_trouble(each))],
    )


def _line(criterion: Criterion, value: float | None) -> Line:
    if value is None:
        return Line(criterion, None, None)
    low, high = criterion.at_least, criterion.at_most
    met = (low is None or value >= low) and (high is None or value <= high)
    return Line(criterion, value, met)


def _values(
    rollout: Rollout, counts: Standing, decisions: Sequence[Decision]
) -> dict[Measure, float]:
    told = max(1, counts.total - counts.skipped)
    values = {
        Measure.ACCEPTED_SHARE: counts.accepted / told,
        Measure.REFUSED_SHARE: counts.rejected / told,
        Measure.UNCERTAIN_SHARE: counts.unknown / told,
        Measure.NO_GOS: float(sum(each.kind is DecisionKind.NO_GO for each in decisions)),
    }
    if rollout.started_at and rollout.ended_at:
        values[Measure.HOURS] = (rollout.ended_at - rollout.started_at) / timedelta(hours=1)
    return values
