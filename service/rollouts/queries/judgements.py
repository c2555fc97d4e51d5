"""Judgements that say what the one before said: found, and let go of."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from service.rollouts.models import Decision, GateRun


def repeats(session: Session, rollout_id: int, before: datetime) -> Sequence[GateRun]:
    """Judgements of a rollout from *before* that only repeat, and on which nothing was decided."""
    decided = exists().where(Decision.rollout_id == rollout_id, Decision.gate_run_id == GateRun.id)
    return session.scalars(
        select(GateRun)
        .where(
            GateRun.rollout_id == rollout_id,
            GateRun.at < before,
            GateRun.is_repeat.is_(True),
            ~decided,
        )
        .order_by(GateRun.id)
    ).all()


def forget(session: Session, runs: Collection[int]) -> None:
    """Remove some judgements."""
    session.execute(
        delete(GateRun).where(GateRun.id.in_(runs)).execution_options(synchronize_session=False)
    )
