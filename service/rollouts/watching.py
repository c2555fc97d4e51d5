"""A rollout while it runs: how fast, and what its gate waits for."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from scheduling.gates import Verdict
from service.publications.plans import Plan
from service.rollouts.consequences import waves_left
from service.rollouts.drawing import Curve, World, curve
from service.rollouts.maturing import Count, Pace, counting
from service.rollouts.models import Rollout, RolloutState, StageState, WaveState
from service.rollouts.picture import Picture, StagePicture
from service.rollouts.picturing import live_world
from service.rollouts.queries import progress, states
from service.rollouts.queries.measures import Point
from service.rollouts.recalling import CAN_RECALL
from service.rollouts.starting import starts_at

RECENT = timedelta(minutes=15)  # of the plan's clock: what "now" means for a rate


@dataclass(frozen=True, slots=True)
class Gate:
    """What stands between a stage and the next; counts are people, instants None if unknown."""

    stage: int
    following: int | None  # people in the next stage; None after the last
    settled: int
    quorum: int  # of whom something must be known before it is watched
    quorum_at: datetime | None  # the last window that is needed for it
    exposure: Count  # people reached long enough ago
    metrics: tuple[Count, ...]  # those that cannot tell yet
    baked_at: datetime | None  # watched long enough
    opens_at: datetime | None  # about when all of this is given; None where nobody knows
    is_held: bool


@dataclass(frozen=True, slots=True)
class Watched:
    """What the page shows besides the counts."""

    gate: Gate | None
    per_minute: float | None  # over the last minutes; None before anything left
    average: float | None  # from the start to the last one
    world: World | None
    curve: Curve | None
    undo_until: datetime | None  # it can be taken back until it starts
    now: datetime


def watch(session: Session, shown: Picture, now: datetime) -> Watched:
    """Return what is to be seen of a rollout at *now*."""
    plan, rollout = Plan.model_validate(shown.publication.plan), shown.rollout
    points = progress.exposures(session, rollout.id)
    recent = _recent(session, rollout, shown.counts.accepted, now)
    average = _average(rollout, shown.counts.accepted, now)
    left = [(one.wave.due_at, people) for one, people in waves_left(session, shown)]
    undo_until = starts_at(rollout, plan) if rollout.state in CAN_RECALL else None
    begins = max(now, undo_until) if undo_until else now  # nothing can be counted earlier
    return Watched(
        gate=_gate(session, shown, plan, Pace(points, left, recent or average), begins),
        per_minute=recent,
        average=average,
        world=live_world(shown, now),
        curve=_curve(shown, points, now),
        undo_until=undo_until,
        now=now,
    )


def _curve(shown: Picture, points: Sequence[Point], now: datetime) -> Curve | None:
    """How many have it over time: up to the present while it runs."""
    reached = [(point.at, point.sent) for point in points]
    if reached and not shown.is_over:
        reached.append((max(now, reached[-1][0]), max(shown.counts.accepted, reached[-1][1])))
    spans = [
        (each.stage.no, opened, each.stage.ended_at)
        for each in shown.stages
        if (opened := each.stage.opened_at) is not None
    ]
    people = sum(each.stage.size for each in shown.stages)
    return curve(reached, spans, people, None if shown.is_over else now)


def _gate(session: Session, shown: Picture, plan: Plan, pace: Pace, now: datetime) -> Gate | None:
    active = (StageState.OPEN, StageState.BAKING, StageState.HELD)
    each = next((one for one in shown.stages if one.stage.state in active), None)
    if each is None or shown.is_over:
        return None
    stage, run = each.stage, states.last_gate_run(session, each.stage.id)
    upcoming = next((one.stage.size for one in shown.stages if one.stage.no == stage.no + 1), None)
    quorum = math.ceil(plan.quorum * each.counts.total)
    quorum_at = _quorum_at(each, quorum) if stage.baking_at is None else None
    if quorum_at and shown.rollout.started_at is None:
        quorum_at = max(quorum_at, now)
    bake = timedelta(minutes=plan.gate.min_bake)
    baked = stage.baking_at + bake if stage.baking_at else None
    exposure = _exposure(each, plan, pace, now)
    metrics = tuple(counting(run, exposure.matured, pace, now)) if run else ()
    return Gate(
        stage=stage.no,
        following=upcoming,
        settled=each.counts.settled,
        quorum=quorum,
        quorum_at=quorum_at,
        exposure=exposure,
        metrics=metrics,
        baked_at=baked,
        opens_at=_latest(baked or (quorum_at or now) + bake, (exposure, *metrics)),
        is_held=upcoming is not None
        and shown.rollout.state is RolloutState.RUNNING
        and stage.baking_at is not None
        and run is not None
        and run.verdict == Verdict.HOLD,
    )


def _exposure(each: StagePicture, plan: Plan, pace: Pace, now: datetime) -> Count:
    stage, counts = each.stage, each.counts
    matured = counts.sent + counts.refused - stage.sent_before - stage.refused_before
    needed = min(plan.gate.min_exposed, stage.size)
    at = now if matured >= needed else pace.when(needed - matured, now)
    return Count("exposure", matured, needed, at)


def _latest(baked: datetime, counts: Iterable[Count]) -> datetime | None:
    latest = baked
    for each in counts:
        if each.at is None:
            return None
        latest = max(latest, each.at)
    return latest


def _quorum_at(each: StagePicture, quorum: int) -> datetime | None:
    """When the last window opens without which a stage has no quorum."""
    known = each.counts.settled
    waiting = [one.wave for one in each.waves if one.wave.state is WaveState.PLANNED]
    for wave in sorted(waiting, key=lambda it: it.due_at):
        known += wave.size
        if known >= quorum:
            return wave.due_at
    return None


def _recent(session: Session, rollout: Rollout, reached: int, now: datetime) -> float | None:
    if rollout.started_at is None or not reached:
        return None
    since = max(rollout.started_at, now - RECENT)
    before = progress.sent_before(session, rollout.id, since)
    minutes = max((now - since) / timedelta(minutes=1), 1.0)
    return max(0, reached - before) / minutes


def _average(rollout: Rollout, reached: int, now: datetime) -> float | None:
    if rollout.started_at is None or not reached:
        return None
    lasted = (rollout.ended_at or now) - rollout.started_at
    return reached / max(lasted / timedelta(minutes=1), 1.0)
