"""Lets a person open what a gate or a dependency holds: with a comment, and with four eyes."""

from collections.abc import Sequence

from scheduling.gates import Verdict
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Forbidden, invalid
from service.publications.models import Publication
from service.rollouts import advancing, depending
from service.rollouts.actions import go_on
from service.rollouts.deciding import decided
from service.rollouts.finding import locked_rollout
from service.rollouts.models import (
    DecisionKind,
    PauseReason,
    Rollout,
    RolloutState,
    Stage,
    StageState,
)
from service.rollouts.opening import open_stage
from service.rollouts.queries import states


def override(uow: UnitOfWork, public_id: str, comment: str) -> Rollout:
    """Open the next stage although its gate says HOLD, or do without a dependency.

    The comment says why.

    Raises `NotFound`, `Invalid` without a comment, `Conflict` where nothing is held
    (`nothing_held`), and `Forbidden` (`four_eyes`) for the author or approver of the message
    where four eyes were asked for when it was approved. A NO-GO is no HOLD: it is resumed, or not.
    """
    rollout = locked_rollout(uow, public_id)
    if not comment.strip():
        raise invalid("/comment", "say why it may go on all the same", "missing")
    if not is_another(rollout, uow.session.get_one(Publication, rollout.publication_id), uow.by):
        raise Forbidden(
            "somebody else than its author and its approver must override a hold",
            code="four_eyes",
        )
    if rollout.pause_reason is PauseReason.DEPENDENCY:
        _waive(uow, rollout, comment)
    else:
        _open_held(uow, rollout, comment)
    rollout.asked_at = None
    return rollout


def is_another(rollout: Rollout, publication: Publication, by: str) -> bool:
    """Whether *by* may override a hold: with four eyes, nobody who wrote or approved it."""
    return not rollout.four_eyes or by not in (
        publication.submitted_by,
        publication.decided_by,
        "cli",
    )


def _waive(uow: UnitOfWork, rollout: Rollout, comment: str) -> None:
    """Let it do without what it waits for, from now on."""
    missing = [each.name for each in depending.missing_now(uow.session, rollout, uow.now)]
    rollout.waived = sorted({*(rollout.waived or ()), *missing})
    decided(uow, rollout, DecisionKind.OVERRIDE, comment=comment)
    go_on(uow, rollout, f"without {', '.join(missing)}" if missing else comment)


def _open_held(uow: UnitOfWork, rollout: Rollout, comment: str) -> None:
    stages = states.stages(uow.session, rollout.id)
    stage = _held(rollout, stages)
    upcoming = advancing.following(stages)
    gate_run = states.last_gate_run(uow.session, stage.id) if stage else None
    if stage is None or upcoming is None or gate_run is None or gate_run.verdict != Verdict.HOLD:
        raise Conflict("no gate holds it: there is nothing to override", code="nothing_held")
    advancing.pass_stage(uow, stage)
    kind = DecisionKind.OVERRIDE
    decided(uow, rollout, kind, stage=stage, gate_run=gate_run, comment=comment)
    open_stage(uow, rollout, upcoming)


def _held(rollout: Rollout, stages: Sequence[Stage]) -> Stage | None:
    if rollout.state is not RolloutState.RUNNING:
        return None
    waiting = (StageState.BAKING, StageState.HELD)
    return next((each for each in stages if each.state in waiting), None)
