"""Mailing lists for programs."""

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from service.access.idempotency import idempotent, remember
from service.access.models import Scope
from service.lists import editing, queries
from service.lists.models import MailingList
from service.lists.schemas import ListIn, ListOut, ListsOut, NewListIn
from service.web.callers import api_key
from service.web.context import caller, runtime

api = APIBlueprint("lists_api", __name__, url_prefix="/api/v1/lists", tag="Lists")


@api.get("")
@api.output(ListsOut)
@api.doc(summary="List the mailing lists")
@api_key()
def list_lists() -> ListsOut:
    """Every list in use, in order, with what one consents to."""
    with runtime().read() as session:
        return ListsOut(lists=[_shown(each) for each in queries.lists(session)])


@api.post("")
@idempotent
@api.input(NewListIn)
@api.output(ListOut, status_code=201)
@api.doc(summary="Make a mailing list")
@api_key(Scope.PAGES)
def add_list(json_data: NewListIn) -> ResponseReturnValue:
    """Nobody is on it yet; those it is proposed to are asked one by one."""
    with runtime().work(caller().by) as uow:
        made = editing.add_list(uow, json_data.slug, json_data.wish())
        return remember(uow, _shown(made), 201, {"Location": f"/api/v1/lists/{made.slug}"})


@api.put("/<slug>")
@api.input(ListIn)
@api.output(ListOut)
@api.doc(summary="Describe a mailing list anew")
@api_key(Scope.PAGES)
def put_list(slug: str, json_data: ListIn) -> ListOut:
    """Its version grows with its description: what people consented to is kept."""
    with runtime().work(caller().by) as uow:
        return _shown(editing.change_list(uow, slug, json_data.wish()))


@api.put("/<slug>/retired")
@api.output(ListOut)
@api.doc(summary="Take a mailing list out of use")
@api_key(Scope.PAGES)
def retire_list(slug: str) -> ListOut:
    """Nobody can post to it or join it; its archive stays."""
    with runtime().work(caller().by) as uow:
        return _shown(editing.retire_list(uow, slug))


@api.delete("/<slug>/retired")
@api.output(ListOut)
@api.doc(summary="Take a mailing list back into use")
@api_key(Scope.PAGES)
def restore_list(slug: str) -> ListOut:
    """With everybody who is still on it."""
    with runtime().work(caller().by) as uow:
        return _shown(editing.restore_list(uow, slug))


def _shown(each: MailingList) -> ListOut:
    return ListOut(
        id=each.public_id,
        slug=each.slug,
        name=each.name,
        description=each.description,
        version=each.version,
        languages=each.languages,
        timezone=each.timezone,
        is_open=each.is_open,
        is_proposed=each.is_proposed,
        has_archive=each.has_archive,
        retired_at=each.retired_at,
    )
