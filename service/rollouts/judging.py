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
from service.publications.gates import Gate
from service.publications.models import Publication
from service.publications.plans import Plan
from service.rollouts.measuring import measure
from service.rollouts.models import GateRun, Rollout, Stage, StageState
from service.rollouts.queries import measures, states
from service.rollouts.thinning import thin

RECENT = 200  # attempts a tripwire looks back on
EVERY = timedelta(minutes=1)  # how often a stage is judged while it is sent or watched


def is_due(uow: UnitOfWork, stage: Stage, gate: Gate) -> bool:
    """Whether *stage* is to be judged: every minute, and when its shortest bake is over."""
    if stage.judged_at is None or uow.now - stage.judged_at >= EVERY:
        return True
    if stage.baking_at is None:
        return False
    baked = stage.baking_at + timedelta(minutes=gate.min_bake)
    return stage.judged_at < baked <= uow.now


def gather(uow: UnitOfWork, rollout: Rollout, stage: Stage) -> GateInputs:
    """Return all that a verdict on *stage* depends on, as of now."""
    publication = uow.session.get_one(Publication, rollout.publication_id)
    gate = Plan.model_validate(publication.plan).gate
    counts = accounts.stage_standing(uow.session, stage.id, stage.rollout_id)
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
        metrics=(
            _refusals(uow, gate, refused, judged),
            *measure(uow.session, rollout, gate, uow.now),
        ),
        min_bake=timedelta(minutes=gate.min_bake),
        max_bake=timedelta(minutes=gate.max_bake),
        min_exposed=gate.min_exposed,
        on_inconclusive=OnInconclusive(gate.on_inconclusive),
        small=_is_small(counts, judged, gate),
        reached=measures.opened_size(uow.session, rollout.id),
        content=publication.hash,
    )


def run(uow: UnitOfWork, rollout: Rollout, stage: Stage) -> tuple[Judgement, GateRun]:
    """Judge *stage* and write the judgement down with its inputs."""
    inputs = gather(uow, rollout, stage)
    judgement = judge(inputs)
    last = states.last_gate_run(uow.session, stage.id)
    gate_run = GateRun(
        rollout_id=stage.rollout_id,
        stage_id=stage.id,
        at=uow.now,
        verdict=judgement.verdict,
        inputs=inputs.to_json(),
        reasons=[reason.to_json() for reason in judgement.reasons],
    )
    thin(uow, rollout, last)
    gate_run.is_repeat = last is not None and _gist(last) == _gist(gate_run)
    stage.judged_at = uow.now
    uow.session.add(gate_run)
    uow.session.flush()
    return judgement, gate_run


def _gist(run: GateRun) -> list[tuple[str, str]]:
    return [(run.verdict, ""), *((each["metric"], each["code"]) for each in run.reasons)]


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


def begin_anew(uow: UnitOfWork, rollout: Rollout) -> None:
    """Forget what was counted before a resume: whoever resumed has judged it."""
    measures.note_exposure(uow.session, rollout.id, uow.now, anew=True)
    rollout.judged_from, rollout.asked_at = uow.now, None
    for stage in states.stages(uow.session, rollout.id):
        if stage.opened_at and stage.state is not StageState.PASSED:
            counts = accounts.stage_standing(uow.session, stage.id, stage.rollout_id)
            stage.sent_before, stage.refused_before = counts.sent, counts.refused
            stage.resumed_at = accounts.database_now(uow.session)
            stage.judged_at = None


def _refusals(uow: UnitOfWork, gate: Gate, refused: int, judged: int) -> Metric:
    standard = Ratio(gate.refused_good, gate.refused_bad)
    return Metric("refusals", standard, Reading(refused, judged, uow.now))
