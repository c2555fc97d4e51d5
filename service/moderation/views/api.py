"""Publications and what is decided about them, for programs."""

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.access.idempotency import idempotent, remember
from service.access.models import Scope
from service.errors import NotFound
from service.moderation import actions, queries
from service.moderation.views.schemas import PublicationDetailOut, VerdictIn, WithdrawIn
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


@api.get("/<publication_id>")
@api.output(PublicationDetailOut)
@api.doc(summary="Read a publication")
@api_key()
def show_publication(publication_id: str) -> PublicationDetailOut:
    """Its frozen content, its hash, its audience, and what became of it."""
    with runtime().read() as session:
        publication = publications.by_public_id(session, publication_id)
        if publication is None:
            raise NotFound(f"there is no publication {publication_id}")
        return _detail(session, publication)


@api.post("/<publication_id>/approve")
@idempotent
@api.input(VerdictIn)
@api.output(PublicationDetailOut)
@api.doc(summary="Approve a held publication: its rollout begins")
@api_key(Scope.MODERATE)
def approve(publication_id: str, json_data: VerdictIn) -> ResponseReturnValue:
    """409 where it was decided already, or its hash is another one by now."""
    with runtime().work(caller().by) as uow:
        publication = actions.approve(uow, publication_id, json_data.hash, json_data.comment)
        return remember(uow, _detail(uow.session, publication))


@api.post("/<publication_id>/reject")
@idempotent
@api.input(VerdictIn)
@api.output(PublicationDetailOut)
@api.doc(summary="Reject a held publication; the comment tells its author why")
@api_key(Scope.MODERATE)
def reject(publication_id: str, json_data: VerdictIn) -> ResponseReturnValue:
    """409 where it was decided already, or its hash is another one by now."""
    with runtime().work(caller().by) as uow:
        publication = actions.reject(uow, publication_id, json_data.hash, json_data.comment)
        return remember(uow, _detail(uow.session, publication))


@api.post("/<publication_id>/discard")
@idempotent
@api.input(VerdictIn)
@api.output(PublicationDetailOut)
@api.doc(summary="Drop a held publication without a word to its author")
@api_key(Scope.MODERATE)
def discard(publication_id: str, json_data: VerdictIn) -> ResponseReturnValue:
    """409 where it was decided already, or its hash is another one by now."""
    with runtime().work(caller().by) as uow:
        publication = actions.discard(uow, publication_id, json_data.hash, json_data.comment)
        return remember(uow, _detail(uow.session, publication))


@api.post("/<publication_id>/withdraw")
@idempotent
@api.input(WithdrawIn)
@api.output(PublicationDetailOut)
@api.doc(summary="Take back one's own publication while it is held")
@api_key(Scope.SUBMIT)
def withdraw(publication_id: str, json_data: WithdrawIn) -> ResponseReturnValue:
    """409 where it was decided already; 403 for what another key submitted."""
    with runtime().work(caller().by) as uow:
        publication = actions.withdraw(uow, publication_id, json_data.comment)
        return remember(uow, _detail(uow.session, publication))


def _detail(session: Session, publication: Publication) -> PublicationDetailOut:
    rollout = queries.rollout_of(session, publication.id)
    return PublicationDetailOut(
        **publication_out(publication).model_dump(),
        audience=size(session, Audience.from_json(publication.audience)),
        rollout=rollout.public_id if rollout else None,
    )
