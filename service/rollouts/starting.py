"""Starts a rollout: from here on the public may read it, and systems are told."""

from datetime import datetime, timedelta

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.deliveries.queries import lane_two, slices
from service.publications import queries as publications
from service.publications.plans import Plan
from service.queue import Actor
from service.rollouts.models import Rollout, RolloutState
from service.rollouts.queries import planning as queries


def starts_at(rollout: Rollout, plan: Plan) -> datetime:
    """When *rollout* may start: once its approval can no longer be undone, not before its hour."""
    undo = max(plan.undo_minutes, rollout.undo_minutes or 0.0)
    settled = rollout.created_at + timedelta(minutes=undo)
    return max(settled, plan.not_before) if plan.not_before else settled


def start(uow: UnitOfWork, rollout: Rollout) -> None:
    """Let a planned rollout run; from now on unsent older updates yield to it."""
    rollout.state, rollout.started_at = RolloutState.RUNNING, uow.now
    record(uow, "rollout.started", f"rollout:{rollout.public_id}", size=rollout.size)
    publications.mark_started(uow.session, rollout.publication_id, uow.now)
    slices.make_lanes_ready(uow.session, rollout.id)
    for segment in queries.segments(uow.session, rollout.id):
        if not segment.is_ramped:
            lane = slices.lane_of(uow.session, rollout.id, segment.channel)
            lane_two.add_unramped(uow.session, lane, segment.no, uow.now)
            uow.enqueue(Actor.DISPATCH, segment.channel)
