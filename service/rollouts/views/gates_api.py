"""Gates for programs: signals pushed, holds overridden, verdicts derived again."""

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from service.access.idempotency import idempotent, remember
from service.access.models import Scope
from service.rollouts.finding import found_rollout
from service.rollouts.overriding import override
from service.rollouts.picture import picture
from service.rollouts.queries import measures
from service.rollouts.replaying import replay
from service.rollouts.said import SignalIn
from service.rollouts.signalling import signal
from service.rollouts.views.gates_schemas import (
    OverrideIn,
    ReplayedOut,
    ReplayOut,
    SignalOut,
    SignalsOut,
    signal_out,
)
from service.rollouts.views.schemas import RolloutOut
from service.rollouts.views.shown import rollout_out
from service.web.callers import api_key
from service.web.context import caller, runtime

gates = APIBlueprint("rollout_gates_api", __name__, url_prefix="/api/v1/rollouts", tag="Rollouts")


@gates.post("/<rollout_id>/signals")
@idempotent
@gates.input(SignalIn)
@gates.output(SignalOut, status_code=201)
@gates.doc(summary="Push a number that gates look at")
@api_key(Scope.SIGNALS)
def push_signal(rollout_id: str, json_data: SignalIn) -> ResponseReturnValue:
    """The same key, source and period again replaces what was said; periods must not overlap.

    `data_corruption` and `security` other than 0 end the rollout at once, whatever its plan says.
    Send null for what could not be measured: a gate that looks at it holds.
    """
    with runtime().work(caller().by) as uow:
        return remember(uow, signal_out(signal(uow, rollout_id, json_data.wish())), 201)


@gates.get("/<rollout_id>/signals")
@gates.output(SignalsOut)
@gates.doc(summary="List the newest signals of a rollout")
@api_key(Scope.ROLLOUTS)
def list_signals(rollout_id: str) -> SignalsOut:
    """Newest first, fifty at most."""
    with runtime().read() as session:
        found = measures.newest_signals(session, found_rollout(session, rollout_id).id)
        return SignalsOut(signals=[signal_out(each) for each in found])


@gates.post("/<rollout_id>/override")
@idempotent
@gates.input(OverrideIn)
@gates.output(RolloutOut)
@gates.doc(summary="Let a rollout go on that a gate or a dependency holds")
@api_key(Scope.ROLLOUTS)
def override_hold(rollout_id: str, json_data: OverrideIn) -> ResponseReturnValue:
    """A comment is needed; with four eyes, the author's and the approver's keys may not."""
    with runtime().work(caller().by) as uow:
        rollout = override(uow, rollout_id, json_data.comment)
        uow.session.flush()
        return remember(uow, rollout_out(picture(uow.session, rollout)))


@gates.get("/<rollout_id>/replay")
@gates.output(ReplayOut)
@gates.doc(summary="Derive every verdict again from its stored inputs")
@api_key(Scope.ROLLOUTS)
def replay_verdicts(rollout_id: str) -> ReplayOut:
    """`different` lists those that came out otherwise: there should be none."""
    with runtime().read() as session:
        derived = list(replay(session, found_rollout(session, rollout_id)))
    return ReplayOut(
        derived=len(derived),
        different=[
            ReplayedOut(
                at=each.at,
                stage=each.stage,
                stored=each.stored,
                again=each.again,
                trouble=each.trouble,
            )
            for each in derived
            if each.trouble
        ],
    )
