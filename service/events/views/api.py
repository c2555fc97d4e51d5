"""Events for programs."""

from typing import Any
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import request, url_for
from flask.typing import ResponseReturnValue

from service.access.idempotency import idempotent, remember
from service.access.models import Scope
from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound, invalid
from service.events import actions, queries, recurring
from service.events.proposing import Proposal
from service.events.views.schemas import (
    EventIn,
    EventOut,
    EventsOut,
    EventsQuery,
    SubmittedOut,
    UpdateIn,
)
from service.events.views.shown import event_out, submitted_out
from service.pages import queries as pages
from service.publications.schemas import TryQuery, hash_named, tried_out
from service.web.callers import api_key
from service.web.context import caller, runtime

api = APIBlueprint("events_api", __name__, url_prefix="/api/v1/events", tag="Events")

_ONE = "/<string(minlength=8):event_id>"  # longer than the words that stand here: stream
_TRIED = {200: "With `validate`: what would happen; nothing is stored."}


@api.post("")
@idempotent
@api.input(EventIn)
@api.input(TryQuery, location="query")
@api.output(SubmittedOut, status_code=201)
@api.doc(summary="Open an event", responses=_TRIED)
@api_key(Scope.SUBMIT)
def open_event(json_data: EventIn, query_data: TryQuery) -> ResponseReturnValue:
    """Its first word is held for a moderator; nothing is public or sent before."""
    rt, wish = runtime(), json_data.wish()
    with rt.work(caller().by) as uow:
        if query_data.validate_only:
            return _tried(uow, actions.try_event(uow.session, rt.settings, uow.now, wish))
        return _created(uow, actions.open_event(uow, rt.settings, wish))


@api.post("/<event_id>/updates")
@idempotent
@api.input(UpdateIn)
@api.input(TryQuery, location="query")
@api.output(SubmittedOut, status_code=201)
@api.doc(summary="Say another word about an event", responses=_TRIED)
@api_key(Scope.SUBMIT)
def update_event(event_id: str, json_data: UpdateIn, query_data: TryQuery) -> ResponseReturnValue:
    """It is held for a moderator; what it leaves out stays as the word before left it."""
    rt, wish = runtime(), json_data.update_wish()
    with rt.work(caller().by) as uow:
        if query_data.validate_only:
            event = _found(queries.by_public_id(uow.session, event_id), event_id)
            proposal = actions.try_update(uow.session, rt.settings, uow.now, event, wish)
            return _tried(uow, proposal)
        return _created(uow, actions.update_event(uow, rt.settings, event_id, wish))


@api.put(_ONE)
@api.input(EventIn)
@api.output(SubmittedOut)
@api.doc(summary="Write an event anew while its first word is held")
@api_key(Scope.SUBMIT)
def replace_opening(event_id: str, json_data: EventIn) -> SubmittedOut:
    """With `If-Match`, only if the publication's hash is still that one."""
    rt = runtime()
    with rt.work(caller().by) as uow:
        held = actions.replace_opening(
            uow,
            rt.settings,
            event_id,
            json_data.wish(),
            seen=hash_named(request.headers.get("If-Match")),
        )
        return submitted_out(uow.session, rt.settings, held)


@api.put("/<event_id>/updates/<update_id>")
@api.input(UpdateIn)
@api.output(SubmittedOut)
@api.doc(summary="Write an event's newest word anew while it is held")
@api_key(Scope.SUBMIT)
def replace_update(event_id: str, update_id: str, json_data: UpdateIn) -> SubmittedOut:
    """With `If-Match`, only if the publication's hash is still that one."""
    rt = runtime()
    with rt.work(caller().by) as uow:
        held = actions.replace_update(
            uow,
            rt.settings,
            event_id,
            update_id,
            json_data.update_wish(),
            seen=hash_named(request.headers.get("If-Match")),
        )
        return submitted_out(uow.session, rt.settings, held)


@api.delete(f"{_ONE}/recurrence")
@api.output(EventOut)
@api.doc(summary="Let a maintenance come back no more")
@api_key(Scope.SUBMIT)
def end_series(event_id: str) -> EventOut:
    """Of its whole series; what was announced already stays announced."""
    rt = runtime()
    with rt.work(caller().by) as uow:
        recurring.end_series(uow, event_id)
        return event_out(
            uow.session, rt.settings, _found(queries.by_public_id(uow.session, event_id), event_id)
        )


@api.get(_ONE)
@api.output(EventOut)
@api.doc(summary="Read an event with all its updates")
@api_key()
def show_event(event_id: str) -> EventOut:
    """Newest update first, whatever became of it."""
    rt = runtime()
    with rt.read() as session:
        event = _found(queries.by_public_id(session, event_id), event_id)
        return event_out(session, rt.settings, event)


@api.get("")
@api.input(EventsQuery, location="query")
@api.output(EventsOut)
@api.doc(summary="List events")
@api_key()
def list_events(query_data: EventsQuery) -> ResponseReturnValue:
    """Newest first; follow `next`, or the Link header, to the end."""
    rt = runtime()
    with rt.read() as session:
        before = query_data.after and _found(
            queries.by_public_id(session, query_data.after), query_data.after
        )
        page = query_data.page and pages.page_by_slug(session, query_data.page)
        if query_data.page and not page:
            raise invalid("/page", f"there is no page {query_data.page!r}", "unknown")
        found = queries.newest(
            session,
            before.id if before else None,
            query_data.limit + 1,
            page.id if page else None,
            query_data.category,
        )
        shown = [event_out(session, rt.settings, each) for each in found[: query_data.limit]]
    following = shown[-1].id if len(found) > query_data.limit else None
    return EventsOut(events=shown, next=following).model_dump(), 200, _link(following)


def _found(event: Any, event_id: str) -> Any:
    if event is None:
        raise NotFound(f"there is no event {event_id}")
    return event


def _tried(uow: UnitOfWork, proposal: Proposal) -> ResponseReturnValue:
    return remember(uow, tried_out(proposal.draft, proposal.reach, proposal.warnings))


def _created(uow: UnitOfWork, held: actions.Held) -> ResponseReturnValue:
    where = url_for("events_api.show_event", event_id=held.event.public_id)
    answer = submitted_out(uow.session, runtime().settings, held)
    return remember(uow, answer, 201, {"Location": where})


def _link(following: str | None) -> dict[str, str]:
    if following is None:
        return {}
    query = urlencode({**request.args.to_dict(), "after": following})
    return {"Link": f'<{request.path}?{query}>; rel="next"'}
