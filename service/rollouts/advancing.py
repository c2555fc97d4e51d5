"""Moves running rollouts on: what a tick does, in steps that may run twice without harm."""

from collections.abc import Sequence

from scheduling.gates import Judgement, Verdict
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import Skip
from service.deliveries.queries import accounts, limits, outcomes, slices
from service.deliveries.queries.slices import Counts
from service.publications.models import Publication
from service.publications.plans import Plan
from service.queue import Actor
from service.rollouts import capacity, judging
from service.rollouts.binding import is_bound
from service.rollouts.deciding import decided
from service.rollouts.models import (
    OVER,
    DecisionKind,
    GateRun,
    PauseReason,
    Rollout,
    RolloutState,
    Stage,
    StageState,
)
from service.rollouts.opening import open_stage
from service.rollouts.queries import planning, states
from service.rollouts.starting import start, starts_at
from service.rollouts.stopping import clear_lane, halt

ACTIVE = (StageState.OPEN, StageState.BAKING, StageState.HELD)


def start_due(uow: UnitOfWork, rollout_id: int) -> None:
    """Start a planned rollout if its hour has come."""
    rollout = states.locked(uow.session, rollout_id)
    if rollout is None or rollout.state is not RolloutState.SCHEDULED:
        return
    publication = uow.session.get_one(Publication, rollout.publication_id)
    if starts_at(rollout, Plan.model_validate(publication.plan)) > uow.now:
        return
    if is_bound(uow, rollout, publication):
        start(uow, rollout)


def release_waves(uow: UnitOfWork) -> None:
    """Let the waves leave whose hour has come, and close the books on those that have left."""
    due = states.make_due(uow.session, uow.now)
    slices.make_ready(uow.session, [wave for wave, _ in due])
    for rollout in {rollout for _, rollout in due}:
        for channel in {each.channel for each in planning.segments(uow.session, rollout)}:
            uow.enqueue(Actor.DRAIN, channel)
    states.drained(uow.session)


def advance(uow: UnitOfWork, rollout_id: int) -> None:
    """Take the next step of a running rollout's stage: bake at quorum, judge, open the next."""
    rollout = states.locked(uow.session, rollout_id)
    if rollout is None or rollout.state is not RolloutState.RUNNING:
        return
    stages = states.stages(uow.session, rollout.id)
    stage = next((each for each in stages if each.state in ACTIVE), None)
    publication = uow.session.get_one(Publication, rollout.publication_id)
    if stage is None or not is_bound(uow, rollout, publication):
        return
    plan = Plan.model_validate(publication.plan)
    if stage.state is StageState.OPEN and _at_quorum(uow, stage, plan):
        stage.state, stage.baking_at, stage.judged_at = StageState.BAKING, uow.now, None
    if judging.is_due(uow, stage, plan.gate):
        judge_now(uow, rollout, stage, following(stages))
        capacity.look(uow, rollout)


def following(stages: Sequence[Stage]) -> Stage | None:
    """The next stage to open, None after the last."""
    return next((each for each in stages if each.state is StageState.PENDING), None)


def judge_now(uow: UnitOfWork, rollout: Rollout, stage: Stage, upcoming: Stage | None) -> None:
    """Judge *stage* and act on the verdict."""
    judgement, gate_run = judging.run(uow, rollout, stage)
    if judgement.warnings and not gate_run.is_repeat:
        words = ", ".join(f"{each.metric}: {each.code}" for each in judgement.warnings)
        decided(uow, rollout, DecisionKind.WARN, stage=stage, gate_run=gate_run, comment=words)
    if judgement.verdict is Verdict.NO_GO:
        _no_go(uow, rollout, stage, judgement, gate_run)
    elif stage.state is not StageState.OPEN:
        _judged(uow, rollout, stage, upcoming, judgement, gate_run)


def _judged(
    uow: UnitOfWork,
    rollout: Rollout,
    stage: Stage,
    upcoming: Stage | None,
    judgement: Judgement,
    gate_run: GateRun,
) -> None:
    """Act on GO or HOLD after the quorum; the last stage has nobody left to protect."""
    if upcoming is None:
        pass_stage(uow, stage)
    elif judgement.verdict is Verdict.GO:
        pass_stage(uow, stage)
        decided(
            uow,
            rollout,
            DecisionKind.GO,
            stage=stage,
            gate_run=gate_run,
            comment=judgement.headline,
        )
        open_stage(uow, rollout, upcoming)
    elif any(reason.metric == "patience" for reason in judgement.reasons):
        _hold(uow, rollout, stage, judgement, gate_run)


def pass_stage(uow: UnitOfWork, stage: Stage) -> None:
    """End a stage; what is still on its way keeps flowing."""
    stage.state, stage.ended_at = StageState.PASSED, uow.now


def _hold(
    uow: UnitOfWork, rollout: Rollout, stage: Stage, judgement: Judgement, gate_run: GateRun
) -> None:
    """Hold a stage that stays undecided: staff are asked, see `asking`."""
    if stage.state is not StageState.HELD:
        stage.state = StageState.HELD
        decided(
            uow,
            rollout,
            DecisionKind.HOLD,
            stage=stage,
            gate_run=gate_run,
            comment=judgement.headline,
        )


def _no_go(
    uow: UnitOfWork, rollout: Rollout, stage: Stage, judgement: Judgement, gate_run: GateRun
) -> None:
    """Pause; an alarm of corruption or security ends the rollout."""
    words = ", ".join(
        f"{each.metric}: {each.code}"
        for each in judgement.reasons
        if each.decides and each.verdict is Verdict.NO_GO
    )
    if judgement.ends:
        decided(uow, rollout, DecisionKind.ABORT, stage=stage, gate_run=gate_run, comment=words)
        halt(uow, rollout, RolloutState.ABORTED, None)
        clear_lane(uow, rollout.id)
        return
    reason = PauseReason.GUARD if stage.state is StageState.OPEN else PauseReason.GATE
    decided(uow, rollout, DecisionKind.NO_GO, stage=stage, gate_run=gate_run, comment=words)
    halt(uow, rollout, RolloutState.PAUSED, reason)


def expire(uow: UnitOfWork, rollout_id: int) -> None:
    """End a rollout whose publication has expired; everybody left gets a reason."""
    rollout = states.locked(uow.session, rollout_id)
    if rollout is None or rollout.state in OVER:
        return
    halt(uow, rollout, RolloutState.EXPIRED, None)
    skipped = outcomes.skip_rest(uow.session, rollout.id, Skip.EXPIRED, uow.now)
    slices.count_in_lane(uow.session, rollout.id, Counts(skipped=skipped))
    clear_lane(uow, rollout.id)
    decided(uow, rollout, DecisionKind.EXPIRE)


def complete(uow: UnitOfWork) -> None:
    """Complete the rollouts in which nobody waits any more; clear up behind those that are over."""
    for rollout in states.complete(uow.session, uow.now):
        slices.stop(uow.session, rollout.id)
        states.pass_stages(uow.session, rollout.id, uow.now)
        limits.forget_idle(uow.session, [rollout.id])
        decided(uow, rollout, DecisionKind.COMPLETE)
    for rollout_id in states.over_with_lanes(uow.session):
        clear_lane(uow, rollout_id)


def _at_quorum(uow: UnitOfWork, stage: Stage, plan: Plan) -> bool:
    """Have enough of the stage's people a settled first attempt: a tail must not block the rest."""
    counts = accounts.stage_standing(uow.session, stage.id, stage.rollout_id)
    return counts.settled >= plan.quorum * counts.total
