"""Messages to lists, for programs."""

from apiflask import APIBlueprint
from flask import request
from flask.typing import ResponseReturnValue

from service.access.idempotency import idempotent, remember
from service.access.models import Scope
from service.posts import actions
from service.posts.views.schemas import PostedOut, PostIn
from service.publications.schemas import (
    TryQuery,
    hash_named,
    publication_out,
    tried_out,
    warnings_out,
)
from service.web.callers import api_key
from service.web.context import caller, runtime

api = APIBlueprint("posts_api", __name__, url_prefix="/api/v1/lists", tag="Lists")


@api.post("/<slug>/messages")
@idempotent
@api.input(PostIn)
@api.input(TryQuery, location="query")
@api.output(PostedOut, status_code=201)
@api.doc(
    summary="Send a message to a list",
    responses={200: "With `validate`: what would happen; nothing is stored."},
)
@api_key(Scope.SUBMIT)
def submit(slug: str, json_data: PostIn, query_data: TryQuery) -> ResponseReturnValue:
    """It is held for a moderator, whoever sends it."""
    rt, wish = runtime(), json_data.wish()
    with rt.work(caller().by) as uow:
        if query_data.validate_only:
            tried = actions.try_message(uow.session, rt.settings, uow.now, slug, wish)
            return remember(uow, tried_out(tried.draft, tried.reach, tried.warnings))
        posted = _posted(actions.submit_message(uow, rt.settings, slug, wish))
        where = f"/api/v1/publications/{posted.publication.id}"
        return remember(uow, posted, 201, {"Location": where})


@api.put("/<slug>/messages/<publication_id>")
@api.input(PostIn)
@api.output(PostedOut)
@api.doc(summary="Write a message anew while it is held")
@api_key(Scope.SUBMIT)
def replace(slug: str, publication_id: str, json_data: PostIn) -> PostedOut:
    """With `If-Match`, only if the publication's hash is still that one."""
    rt = runtime()
    with rt.work(caller().by) as uow:
        held = actions.replace_message(
            uow,
            rt.settings,
            slug,
            publication_id,
            json_data.wish(),
            seen=hash_named(request.headers.get("If-Match")),
        )
        return _posted(held)


def _posted(held: actions.Held) -> PostedOut:
    return PostedOut(
        publication=publication_out(held.publication),
        audience=held.proposal.reach,
        warnings=warnings_out(held.proposal.warnings),
    )
