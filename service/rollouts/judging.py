"""Gathers what a gate is judged from; the verdict itself is `scheduling.gates`."""

from datetime import timedelta

from scheduling.gates import (
    GateInputs,
    Judgement,
    Metric,
    OnInconclusive,
    Ratio,
    Reading,
    Tripwires,
    judge,
)
from scheduling.ramp import SMALLEST_STAGE
from service.db.unit_of_work import UnitOfWork
from service.deliveries.queries import accounts, outcomes
from service.deliveries.queries.accounts import StageStanding
from service.publications.plans import Gate
from service.rollouts.models import GateRun, Stage

RECENT = 200  # attempts a tripwire looks back on


def gather(uow: UnitOfWork, stage: Stage, gate: Gate) -> GateInputs:
    """Return all that a verdict on *stage* depends on, as of now."""
    counts = accounts.stage_standing(uow.session, stage.id)
    recent = outcomes.last_first_attempts(
        uow.session, stage.rollout_id, RECENT, since=stage.resumed_at
    )
    attempted = sum(recent.get(key, 0) for key in ("sent", "permanent", "transient"))
    refused = counts.refused - stage.refused_before
    judged = counts.sent - stage.sent_before + refused
    since = stage.baking_at or uow.now
    return GateInputs(
        now=uow.now,
        planned=stage.size,
        matured=judged,
        elapsed=max(uow.now - since, timedelta()),
        tripwires=Tripwires(attempted, recent.get("permanent", 0), recent.get("render", 0)),
        metrics=(_refusals(uow, gate, refused, judged),),
        min_bake=timedelta(minutes=gate.min_bake),
        max_bake=timedelta(minutes=gate.max_bake),
        min_exposed=gate.min_exposed,
        on_inconclusive=OnInconclusive(gate.on_inconclusive),
        small=_is_small(counts, judged, gate),
    )


def run(uow: UnitOfWork, stage: Stage, gate: Gate) -> tuple[Judgement, GateRun]:
    """Judge *stage* and write the judgement down with its inputs."""
    inputs = gather(uow, stage, gate)
    judgement = judge(inputs)
    gate_run = GateRun(
        rollout_id=stage.rollout_id,
        stage_id=stage.id,
        at=uow.now,
        verdict=judgement.verdict,
        inputs=inputs.to_json(),
        reasons=[reason.to_json() for reason in judgement.reasons],
    )
    return judgement, gate_run


def _is_small(counts: StageStanding, judged: int, gate: Gate) -> bool:
    """Can waiting longer not tell much more: everybody was tried, and most are known.

    Those skipped never count, and one dead mailbox must not hold up the rest; but a stage that
    waits for its retries as a whole has not been judged.
    """
    return (
        judged < max(gate.min_exposed, SMALLEST_STAGE)
        and counts.settled >= counts.total
        and counts.moved <= counts.sent + counts.refused
    )


def begin_anew(uow: UnitOfWork, stage: Stage) -> None:
    """Forget what was counted before a resume: whoever resumed has judged it."""
    counts = accounts.stage_standing(uow.session, stage.id)
    stage.sent_before, stage.refused_before = counts.sent, counts.refused
    stage.resumed_at = accounts.database_now(uow.session)


def _refusals(uow: UnitOfWork, gate: Gate, refused: int, judged: int) -> Metric:
    standard = Ratio(gate.refused_good, gate.refused_bad)
    return Metric("refusals", standard, Reading(refused, judged, uow.now))
