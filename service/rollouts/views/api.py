"""Rollouts for programs."""

from collections.abc import Callable
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.access.idempotency import idempotent, remember
from service.access.models import Scope
from service.db.unit_of_work import UnitOfWork
from service.deliveries.queries import accounts
from service.errors import NotFound
from service.rollouts import actions
from service.rollouts.models import PauseReason, Rollout
from service.rollouts.picture import picture, summaries
from service.rollouts.queries import states
from service.rollouts.views.schemas import (
    DeliveriesOut,
    DeliveriesQuery,
    DeliveryOut,
    RolloutOut,
    RolloutsOut,
    RolloutsQuery,
    SteerIn,
)
from service.rollouts.views.shown import line_out, rollout_out
from service.web.callers import api_key
from service.web.context import caller, runtime

api = APIBlueprint("rollouts_api", __name__, url_prefix="/api/v1/rollouts", tag="Rollouts")


@api.get("")
@api.input(RolloutsQuery, location="query")
@api.output(RolloutsOut)
@api.doc(summary="List rollouts")
@api_key(Scope.ROLLOUTS)
def list_rollouts(query_data: RolloutsQuery) -> ResponseReturnValue:
    """Newest first, of what is sent to many; follow `next`, or the Link header, to the end."""
    with runtime().read() as session:
        seen = _found(session, query_data.after) if query_data.after else None
        state = query_data.state
        found = summaries(session, query_data.limit + 1, after=seen, among=[state] if state else ())
    shown = [line_out(each) for each in found[: query_data.limit]]
    following = shown[-1].id if len(found) > query_data.limit else None
    return RolloutsOut(rollouts=shown, next=following).model_dump(), 200, _link(following)


@api.get("/<rollout_id>")
@api.output(RolloutOut)
@api.doc(summary="Read where a rollout stands")
@api_key(Scope.ROLLOUTS)
def show_rollout(rollout_id: str) -> RolloutOut:
    """Counts, stages with their waves, judgements and decisions."""
    with runtime().read() as session:
        return rollout_out(picture(session, _found(session, rollout_id)))


@api.get("/<rollout_id>/deliveries")
@api.input(DeliveriesQuery, location="query")
@api.output(DeliveriesOut)
@api.doc(summary="List a rollout's deliveries: the proof per recipient")
@api_key(Scope.ROLLOUTS)
def list_deliveries(rollout_id: str, query_data: DeliveriesQuery) -> ResponseReturnValue:
    """In order of their number; follow `next`, or the Link header, to the end."""
    with runtime().read() as session:
        found = accounts.lines(
            session,
            _found(session, rollout_id).id,
            after=query_data.after,
            limit=query_data.limit + 1,
            state=query_data.state,
        )
    shown = [DeliveryOut.model_validate(line._asdict()) for line in found[: query_data.limit]]
    following = shown[-1].n if len(found) > query_data.limit else None
    answer = DeliveriesOut(deliveries=shown, next=following)
    return answer.model_dump(), 200, _link(following)


@api.post("/<rollout_id>/pause")
@idempotent
@api.input(SteerIn)
@api.output(RolloutOut)
@api.doc(summary="Pause a rollout")
@api_key(Scope.ROLLOUTS)
def pause(rollout_id: str, json_data: SteerIn) -> ResponseReturnValue:
    """At most the micro-batch in flight still leaves."""
    return _steered(
        lambda uow: actions.pause(uow, rollout_id, PauseReason.MANUAL, json_data.comment)
    )


@api.post("/<rollout_id>/resume")
@idempotent
@api.input(SteerIn)
@api.output(RolloutOut)
@api.doc(summary="Let a paused rollout go on")
@api_key(Scope.ROLLOUTS)
def resume(rollout_id: str, json_data: SteerIn) -> ResponseReturnValue:
    """Windows are worked out anew from now: no burst of what is overdue."""
    return _steered(lambda uow: actions.resume(uow, rollout_id, json_data.comment))


@api.post("/<rollout_id>/abort")
@idempotent
@api.input(SteerIn)
@api.output(RolloutOut)
@api.doc(summary="End a rollout for good")
@api_key(Scope.ROLLOUTS)
def abort(rollout_id: str, json_data: SteerIn) -> ResponseReturnValue:
    """What is in flight lands; everybody else is cancelled."""
    return _steered(lambda uow: actions.abort(uow, rollout_id, json_data.comment))


def _steered(steer: Callable[[UnitOfWork], Rollout]) -> ResponseReturnValue:
    with runtime().work(caller().by) as uow:
        rollout = steer(uow)
        uow.session.flush()
        return remember(uow, rollout_out(picture(uow.session, rollout)))


def _found(session: Session, rollout_id: str) -> Rollout:
    rollout = states.by_public_id(session, rollout_id)
    if rollout is None:
        raise NotFound(f"there is no rollout {rollout_id}")
    return rollout


def _link(following: int | str | None) -> dict[str, str]:
    if following is None:
        return {}
    query = urlencode({**request.args.to_dict(), "after": following})
    return {"Link": f'<{request.path}?{query}>; rel="next"'}
