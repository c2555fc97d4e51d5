"""Mailing lists for programs."""

from apiflask import APIBlueprint

from service.lists import queries
from service.lists.models import MailingList
from service.lists.schemas import ListOut, ListsOut
from service.web.callers import api_key
from service.web.context import runtime

api = APIBlueprint("lists_api", __name__, url_prefix="/api/v1/lists", tag="Lists")


@api.get("")
@api.output(ListsOut)
@api.doc(summary="List the mailing lists")
@api_key()
def list_lists() -> ListsOut:
    """Every list in use, in order, with what one consents to."""
    with runtime().read() as session:
        return ListsOut(lists=[_shown(each) for each in queries.lists(session)])


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
    )
