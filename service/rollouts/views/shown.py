"""From a rollout's picture to what programs read of it."""

from service.deliveries.queries.accounts import Standing
from service.rollouts.models import OVER
from service.rollouts.picture import Picture, StagePicture, Summary
from service.rollouts.views.schemas import (
    CountsOut,
    DecisionOut,
    GateOut,
    RolloutLineOut,
    RolloutOut,
    StageOut,
    WaveOut,
)


def rollout_out(shown: Picture) -> RolloutOut:
    """Return the whole of it."""
    rollout = shown.rollout
    return RolloutOut(
        id=rollout.public_id,
        publication=shown.publication.public_id,
        state=rollout.state,
        pause_reason=rollout.pause_reason,
        created_at=rollout.created_at,
        planned_at=rollout.planned_at,
        started_at=rollout.started_at,
        ended_at=rollout.ended_at,
        zone_data=rollout.zone_data,
        deliveries=_counts(shown.counts, is_over=shown.is_over),
        skipped=dict(shown.skipped),
        stages=[_stage(each) for each in shown.stages],
        decisions=[
            DecisionOut(
                at=each.at,
                kind=each.kind,
                by=each.by,
                stage=shown.stage_no(each.stage_id),
                comment=each.comment,
            )
            for each in shown.decisions
        ],
        gates=[
            GateOut(
                at=each.at,
                stage=shown.stage_no(each.stage_id) or 0,
                verdict=each.verdict,
                reasons=each.reasons,
            )
            for each in shown.gates
        ],
    )


def line_out(each: Summary) -> RolloutLineOut:
    """Return a line of it."""
    rollout = each.rollout
    return RolloutLineOut(
        id=rollout.public_id,
        publication=each.publication.public_id,
        title=dict(each.title),
        state=rollout.state,
        pause_reason=rollout.pause_reason,
        created_at=rollout.created_at,
        started_at=rollout.started_at,
        ended_at=rollout.ended_at,
        deliveries=_counts(each.counts, is_over=rollout.state in OVER),
    )


def _counts(counts: Standing, *, is_over: bool) -> CountsOut:
    """Whoever waits in a rollout that is over gets nothing any more."""
    waiting = {"planned": 0 if is_over else counts.planned}
    cancelled = {"cancelled": counts.planned if is_over else 0}
    return CountsOut.model_validate(counts._asdict() | waiting | cancelled)


def _stage(each: StagePicture) -> StageOut:
    stage = each.stage
    return StageOut(
        no=stage.no,
        kind=stage.kind,
        state=stage.state,
        size=stage.size,
        accepted=each.counts.sent,
        rejected=each.counts.refused,
        skipped=each.counts.skipped,
        opened_at=stage.opened_at,
        ended_at=stage.ended_at,
        waves=[
            WaveOut(
                zones=list(one.zones),
                due_at=one.wave.due_at,
                close_at=one.wave.close_at,
                state=one.wave.state,
                size=one.wave.size,
            )
            for one in each.waves
        ],
    )
