"""For programs: what rollouts wait for, the calendar of freezes, and corrections."""

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from service.access.idempotency import idempotent, remember
from service.access.models import Scope
from service.publications.schemas import PublicationOut, publication_out
from service.rollouts import acknowledging
from service.rollouts.correcting import correct
from service.rollouts.corrections import RolloutCorrectionIn
from service.rollouts.depending import missing_now
from service.rollouts.finding import found_rollout
from service.rollouts.queries import needs
from service.rollouts.said import FreezeIn
from service.rollouts.views.needs_schemas import (
    FreezeOut,
    FreezesOut,
    NeedsOut,
    WordIn,
    freeze_out,
    needs_out,
)
from service.web.callers import api_key
from service.web.context import caller, runtime

waits = APIBlueprint("rollout_needs_api", __name__, url_prefix="/api/v1", tag="Rollouts")


@waits.get("/rollouts/<rollout_id>/dependencies")
@waits.output(NeedsOut)
@waits.doc(summary="Read what a rollout waits for, and what teams have said")
@api_key(Scope.ROLLOUTS)
def show_dependencies(rollout_id: str) -> NeedsOut:
    """`missing` is empty where nothing holds it."""
    rt = runtime()
    with rt.read() as session:
        rollout = found_rollout(session, rollout_id)
        missing = missing_now(session, rollout, rt.clock())
        return needs_out(missing, needs.newest_words(session, rollout.id), rollout)


@waits.post("/rollouts/<rollout_id>/acknowledgements")
@idempotent
@waits.input(WordIn)
@waits.output(NeedsOut, status_code=201)
@waits.doc(summary="Say for a team that it is ready for a rollout, or no longer")
@api_key(Scope.ROLLOUTS)
def acknowledge(rollout_id: str, json_data: WordIn) -> ResponseReturnValue:
    """A rollout that waited for this word goes on at once."""
    with runtime().work(caller().by) as uow:
        acknowledging.acknowledge(uow, rollout_id, json_data.word())
        rollout = found_rollout(uow.session, rollout_id)
        missing = missing_now(uow.session, rollout, uow.now)
        words = needs.newest_words(uow.session, rollout.id)
        return remember(uow, needs_out(missing, words, rollout), 201)


@waits.post("/rollouts/<rollout_id>/correct")
@idempotent
@waits.input(RolloutCorrectionIn)
@waits.output(PublicationOut, status_code=201)
@waits.doc(summary="Write a correction to exactly those a rollout reached")
@api_key(Scope.ROLLOUTS)
def correct_rollout(rollout_id: str, json_data: RolloutCorrectionIn) -> ResponseReturnValue:
    """It is held for a moderator; approved, it leaves once nothing it corrects is in flight.

    Each recipient gets it on the thread of the message they have. `retract` takes the message off
    pages and feeds; endpoints are told by the event `….retracted`.
    """
    with runtime().work(caller().by) as uow:
        return remember(uow, publication_out(correct(uow, rollout_id, json_data.wish())), 201)


@waits.get("/freezes")
@waits.output(FreezesOut)
@waits.doc(summary="List the calendar of freezes")
@api_key(Scope.ROLLOUTS)
def list_freezes() -> FreezesOut:
    """Those that are not over and were not lifted, in order."""
    rt = runtime()
    with rt.read() as session:
        return FreezesOut(freezes=[freeze_out(each) for each in needs.freezes(session, rt.clock())])


@waits.post("/freezes")
@idempotent
@waits.input(FreezeIn)
@waits.output(FreezeOut, status_code=201)
@waits.doc(summary="Enter a period in which nothing leaves that can wait")
@api_key(Scope.ROLLOUTS)
def enter_freeze(json_data: FreezeIn) -> ResponseReturnValue:
    """Rollouts of urgency important and critical do not ask the calendar."""
    with runtime().work(caller().by) as uow:
        row = acknowledging.freeze(uow, json_data.name, json_data.starts_at, json_data.ends_at)
        return remember(uow, freeze_out(row), 201)


@waits.post("/freezes/<freeze_id>/lift")
@idempotent
@waits.output(FreezeOut)
@waits.doc(summary="Take a period out of the calendar")
@api_key(Scope.ROLLOUTS)
def lift_freeze(freeze_id: str) -> ResponseReturnValue:
    """What it held goes on at the next look."""
    with runtime().work(caller().by) as uow:
        return remember(uow, freeze_out(acknowledging.lift(uow, freeze_id)))
