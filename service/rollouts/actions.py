"""What can be done with a rollout."""

from scheduling import zones
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import Delivery, Slice
from service.deliveries.queries import lane_two, slices
from service.errors import Conflict
from service.publications.actions import Draft, pass_straight
from service.publications.freezing import is_as_approved
from service.publications.models import Publication
from service.queue import Actor
from service.rollouts import judging
from service.rollouts.carrying import retime_waves
from service.rollouts.deciding import decided
from service.rollouts.finding import locked_rollout
from service.rollouts.models import (
    OVER,
    DecisionKind,
    PauseReason,
    Rollout,
    RolloutState,
    StageState,
)
from service.rollouts.permutation import UNRAMPED, draw
from service.rollouts.queries import states
from service.rollouts.stopping import clear_lane, halt
from service.subscribers.models import Address

CAN_PAUSE = frozenset({RolloutState.SCHEDULED, RolloutState.RUNNING})


def begin(uow: UnitOfWork, publication: Publication) -> Rollout:
    """Let an approved publication be planned; nothing leaves inside this unit of work."""
    rollout = _new(uow, publication, RolloutState.PLANNING)
    uow.session.add(rollout)
    uow.session.flush()
    uow.enqueue(Actor.PLAN, rollout.id)
    return rollout


def send_single(uow: UnitOfWork, draft: Draft, address_id: int) -> Rollout:
    """Send *draft* to one address at once: a publication and a rollout of their own, no stages.

    Where its audience has targets, all of them are said to be why it came.
    """
    publication = pass_straight(uow, draft)
    publication.started_at = uow.now
    rollout = _new(uow, publication, RolloutState.RUNNING)
    rollout.planned_at = rollout.started_at = uow.now
    rollout.size = 1
    uow.session.add(rollout)
    uow.session.flush()
    channel = uow.session.get_one(Address, address_id).channel
    lane = Slice(
        rollout_id=rollout.id,
        publication_id=publication.id,
        channel=channel,
        bucket="",
        ready=True,
        urgency=publication.urgency,
        on_unknown=draft.plan.on_unknown,
    )
    uow.session.add_all([lane, _only(rollout, address_id, len(draft.audience.targets))])
    uow.session.flush()
    lane_two.add_unramped(uow.session, lane, 0, uow.now)
    uow.enqueue(Actor.DISPATCH, channel)
    return rollout


def pause(
    uow: UnitOfWork,
    public_id: str,
    reason: PauseReason = PauseReason.MANUAL,
    comment: str = "",
) -> Rollout:
    """Stop a rollout for a while; at most the micro-batch in flight still leaves."""
    rollout = locked_rollout(uow, public_id)
    if rollout.state not in CAN_PAUSE:
        raise Conflict(f"a rollout that is {rollout.state} cannot be paused", code=rollout.state)
    hold_back(uow, rollout, reason, comment)
    return rollout


def hold_back(uow: UnitOfWork, rollout: Rollout, reason: PauseReason, comment: str) -> None:
    """Pause *rollout*, which is scheduled or running."""
    halt(uow, rollout, RolloutState.PAUSED, reason)
    decided(uow, rollout, DecisionKind.PAUSE, comment=comment)


def fail(uow: UnitOfWork, rollout_id: int, why: str) -> None:
    """Pause a rollout that cannot be judged: an error must never let anything out."""
    rollout = states.locked(uow.session, rollout_id)
    if rollout is not None and rollout.state in CAN_PAUSE:
        hold_back(uow, rollout, PauseReason.ERROR, f"it could not be judged: {why}")


def resume(uow: UnitOfWork, public_id: str, comment: str = "") -> Rollout:
    """Let a paused rollout go on; windows are worked out anew: no burst of what is overdue."""
    rollout = locked_rollout(uow, public_id)
    if rollout.state is not RolloutState.PAUSED:
        raise Conflict(f"a rollout that is {rollout.state} cannot be resumed", code=rollout.state)
    if rollout.pause_reason is PauseReason.DEPENDENCY:
        raise Conflict(
            "it goes on by itself once what it depends on is given; an override does without",
            code=rollout.state,
        )
    if not is_as_approved(uow.session.get_one(Publication, rollout.publication_id)):
        raise Conflict(
            "what it sends is not what was approved; abort it and submit it anew", code="changed"
        )
    go_on(uow, rollout, comment)
    return rollout


def go_on(uow: UnitOfWork, rollout: Rollout, comment: str) -> None:
    """Resume *rollout*, which is paused."""
    rollout.state = RolloutState.RUNNING if rollout.started_at else RolloutState.SCHEDULED
    rollout.pause_reason = None
    retime_waves(uow, rollout)
    for stage in states.stages(uow.session, rollout.id):
        if stage.state in (StageState.BAKING, StageState.HELD):
            stage.state, stage.baking_at = StageState.BAKING, uow.now
    judging.begin_anew(uow, rollout)
    if rollout.started_at:
        slices.make_lanes_ready(uow.session, rollout.id)
    decided(uow, rollout, DecisionKind.RESUME, comment=comment)


def abort(uow: UnitOfWork, public_id: str, comment: str = "") -> Rollout:
    """End a rollout; what is in flight lands, everybody else is cancelled."""
    rollout = locked_rollout(uow, public_id)
    if rollout.state in OVER:
        raise Conflict(f"a rollout that is {rollout.state} cannot be aborted", code=rollout.state)
    halt(uow, rollout, RolloutState.ABORTED, None)
    clear_lane(uow, rollout.id)
    decided(uow, rollout, DecisionKind.ABORT, comment=comment)
    return rollout


def _new(uow: UnitOfWork, publication: Publication, state: RolloutState) -> Rollout:
    permutation = draw()
    return Rollout(
        publication_id=publication.id,
        state=state,
        permutation_a=permutation.a,
        permutation_b=permutation.b,
        zone_data=zones.DATA_VERSION,
        created_at=uow.now,
        corrects_id=publication.audience.get("reached") or None,
    )


def _only(rollout: Rollout, address_id: int, targets: int) -> Delivery:
    return Delivery(
        rollout_id=rollout.id,
        n=1,
        address_id=address_id,
        segment=0,
        bucket="",
        rank=UNRAMPED,
        matched=(1 << targets) - 1,
    )
