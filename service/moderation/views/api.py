"""Publications and what is decided about them, for programs."""

from collections.abc import Callable
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.access.idempotency import idempotent, remember
from service.access.models import Scope
from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound
from service.moderation import actions, handling, queries
from service.moderation import queries_desk as desk
from service.moderation.views.schemas import (
    ApproveIn,
    DeferIn,
    PublicationDetailOut,
    PublicationsOut,
    PublicationsQuery,
    VerdictIn,
    WithdrawIn,
)
from service.publications import queries as publications
from service.publications.models import Publication
from service.publications.schemas import publication_out
from service.subscribers.audience import Audience
from service.subscribers.queries_audience import size
from service.web.callers import api_key
from service.web.context import caller, runtime

api = APIBlueprint(
    "publications_api", __name__, url_prefix="/api/v1/publications", tag="Moderation"
)


@api.get("")
@api.input(PublicationsQuery, location="query")
@api.output(PublicationsOut)
@api.doc(summary="List publications")
@api_key()
def list_publications(query_data: PublicationsQuery) -> ResponseReturnValue:
    """Newest first: how a program that submits learns what became of it."""
    with runtime().read() as session:
        last = _found(session, query_data.after) if query_data.after else None
        found = desk.publications(
            session,
            state=query_data.state,
            by=caller().by if query_data.mine else "",
            before_id=last.id if last else None,
            limit=query_data.limit + 1,
        )
    shown = [publication_out(each) for each in found[: query_data.limit]]
    following = shown[-1].id if len(found) > query_data.limit else None
    answer = PublicationsOut(publications=shown, next=following)
    return answer.model_dump(), 200, _link(following)


@api.get("/<publication_id>")
@api.output(PublicationDetailOut)
@api.doc(summary="Read a publication")
@api_key()
def show_publication(publication_id: str) -> PublicationDetailOut:
    """Its frozen content, its hash, its audience, and what became of it."""
    with runtime().read() as session:
        return _detail(session, _found(session, publication_id))


@api.post("/<publication_id>/approve")
@idempotent
@api.input(ApproveIn)
@api.output(PublicationDetailOut)
@api.doc(summary="Approve a held publication: its rollout begins")
@api_key(Scope.MODERATE)
def approve(publication_id: str, json_data: ApproveIn) -> ResponseReturnValue:
    """Held until enough have approved; 409 where it was decided, changed, or is one's own."""
    given = json_data
    return _acted(
        lambda uow: actions.approve(
            uow, publication_id, given.hash, given.comment, given.undo_minutes
        )
    )


@api.post("/<publication_id>/reject")
@idempotent
@api.input(VerdictIn)
@api.output(PublicationDetailOut)
@api.doc(summary="Reject a held publication; the comment tells its author why")
@api_key(Scope.MODERATE)
def reject(publication_id: str, json_data: VerdictIn) -> ResponseReturnValue:
    """409 where it was decided already, or its hash is another one by now."""
    return _acted(
        lambda uow: actions.reject(uow, publication_id, json_data.hash, json_data.comment)
    )


@api.post("/<publication_id>/discard")
@idempotent
@api.input(VerdictIn)
@api.output(PublicationDetailOut)
@api.doc(summary="Drop a held publication without a word to its author")
@api_key(Scope.MODERATE)
def discard(publication_id: str, json_data: VerdictIn) -> ResponseReturnValue:
    """409 where it was decided already, or its hash is another one by now."""
    return _acted(
        lambda uow: actions.discard(uow, publication_id, json_data.hash, json_data.comment)
    )


@api.post("/<publication_id>/defer")
@idempotent
@api.input(DeferIn)
@api.output(PublicationDetailOut)
@api.doc(summary="Put the decision about a held publication off")
@api_key(Scope.MODERATE)
def defer(publication_id: str, json_data: DeferIn) -> ResponseReturnValue:
    """Nobody is reminded before; it may be decided all the same."""
    return _acted(
        lambda uow: handling.defer(
            uow, publication_id, json_data.hash, json_data.until, json_data.comment
        )
    )


@api.post("/<publication_id>/withdraw")
@idempotent
@api.input(WithdrawIn)
@api.output(PublicationDetailOut)
@api.doc(summary="Take back one's own publication while it is held")
@api_key(Scope.SUBMIT)
def withdraw(publication_id: str, json_data: WithdrawIn) -> ResponseReturnValue:
    """409 where it was decided already; 403 for what another key submitted."""
    return _acted(lambda uow: actions.withdraw(uow, publication_id, json_data.comment))


def _acted(act: Callable[[UnitOfWork], Publication]) -> ResponseReturnValue:
    with runtime().work(caller().by) as uow:
        publication = act(uow)
        uow.session.flush()
        return remember(uow, _detail(uow.session, publication))


def _found(session: Session, publication_id: str) -> Publication:
    publication = publications.by_public_id(session, publication_id)
    if publication is None:
        raise NotFound(f"there is no publication {publication_id}")
    return publication


def _detail(session: Session, publication: Publication) -> PublicationDetailOut:
    rollout = queries.rollout_of(session, publication.id)
    row = desk.handling(session, publication.id)
    return PublicationDetailOut(
        **publication_out(publication).model_dump(),
        audience=size(session, Audience.from_json(publication.audience)),
        rollout=rollout.public_id if rollout else None,
        approvals=len(desk.votes(session, publication.id)),
        held_until=row.held_until if row else None,
    )


def _link(following: str | None) -> dict[str, str]:
    if following is None:
        return {}
    query = urlencode({**request.args.to_dict(), "after": following})
    return {"Link": f'<{request.path}?{query}>; rel="next"'}
