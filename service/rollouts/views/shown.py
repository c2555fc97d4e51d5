"""From a rollout's picture to what programs read of it."""

from service.rollouts.picture import Picture, StagePicture
from service.rollouts.views.schemas import (
    CountsOut,
    DecisionOut,
    GateOut,
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
        deliveries=_counts(shown),
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


def _counts(shown: Picture) -> CountsOut:
    counts = shown.counts._asdict()
    return CountsOut.model_validate(
        {**counts, "planned": shown.planned, "cancelled": shown.cancelled}
    )


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
