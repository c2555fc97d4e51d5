"""Derives past verdicts again from their stored inputs: they must come out the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from scheduling.gates import GateInputs, judge
from service.rollouts.models import GateRun, Rollout
from service.rollouts.queries import states


@dataclass(frozen=True, slots=True)
class Replayed:
    """One judgement as it was stored and as it comes out now; *trouble* is "" where they agree."""

    at: datetime
    stage: int
    stored: str
    again: str
    trouble: str


def replay(session: Session, rollout: Rollout) -> Iterator[Replayed]:
    """Derive every stored judgement of *rollout* again, oldest first."""
    numbers = {stage.id: stage.no for stage in states.stages(session, rollout.id)}
    for run in states.all_gate_runs(session, rollout.id):
        yield _again(run, numbers.get(run.stage_id, 0))


def _again(run: GateRun, stage: int) -> Replayed:
    try:
        inputs = GateInputs.from_json(run.inputs)
    except ValueError as error:
        return Replayed(run.at, stage, run.verdict, "", f"its inputs cannot be read: {error}")
    judgement = judge(inputs)
    reasons = [reason.to_json() for reason in judgement.reasons]
    trouble = ""
    if judgement.verdict != run.verdict:
        trouble = "the verdict differs"
    elif reasons != run.reasons:
        trouble = "the reasons differ"
    return Replayed(run.at, stage, run.verdict, judgement.verdict, trouble)
