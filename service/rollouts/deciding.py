"""Writes decisions down: who, what, why, and on which judgement."""

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.rollouts.models import Decision, DecisionKind, GateRun, Rollout, Stage


def decided(
    uow: UnitOfWork,
    rollout: Rollout,
    kind: DecisionKind,
    *,
    stage: Stage | None = None,
    gate_run: GateRun | None = None,
    comment: str = "",
) -> Decision:
    """Store a decision by `uow.by`, in the transaction that carries it out."""
    decision = Decision(
        rollout_id=rollout.id,
        stage_id=stage.id if stage else None,
        gate_run_id=gate_run.id if gate_run else None,
        kind=kind,
        at=uow.now,
        by=uow.by,
        comment=comment,
        reason=rollout.pause_reason if kind is DecisionKind.PAUSE else None,
    )
    uow.session.add(decision)
    record(
        uow,
        f"rollout.{kind}",
        f"rollout:{rollout.public_id}",
        stage=stage.no if stage else None,
        comment=comment,
    )
    return decision
