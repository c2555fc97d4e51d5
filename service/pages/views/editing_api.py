"""Pages for programs that keep them: create, change, order, retire, correct."""

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from service.access.idempotency import idempotent, remember
from service.access.models import Scope
from service.pages import editing
from service.pages.actions import correct
from service.pages.schemas import WholePageOut
from service.pages.views.api import named, page_out
from service.pages.views.forms import (
    ComponentBody,
    CorrectionIn,
    CorrectionOut,
    OrderIn,
    PageBody,
    SectionBody,
)
from service.web.callers import api_key
from service.web.context import caller, runtime
from service.web.forms import parse
from service.web.parsing import PageSlug, Slug


class _Name(BaseModel):
    slug: Slug


class _PageName(BaseModel):
    slug: PageSlug


api = APIBlueprint("pages_editing_api", __name__, url_prefix="/api/v1/pages", tag="Pages")


@api.put("/<slug>")
@api.input(PageBody)
@api.output(WholePageOut)
@api.doc(summary="Create or change a page")
@api_key(Scope.PAGES)
def put_page(slug: str, json_data: PageBody) -> WholePageOut:
    """A page that was retired is in use again."""
    parse_slug(slug, page=True)
    with runtime().work(caller().by) as uow:
        editing.save_page(uow, json_data.wish(slug))
    return whole(slug)


@api.delete("/<slug>")
@api.output({}, status_code=204)
@api.doc(summary="Retire a page")
@api_key(Scope.PAGES)
def delete_page(slug: str) -> ResponseReturnValue:
    """What was said on it stays."""
    with runtime().work(caller().by) as uow:
        editing.retire_page(uow, slug)
    return "", 204


@api.put("/-/order")
@api.input(OrderIn)
@api.output({}, status_code=204)
@api.doc(summary="Put pages in order")
@api_key(Scope.PAGES)
def put_pages_order(json_data: OrderIn) -> ResponseReturnValue:
    """Name each page once."""
    with runtime().work(caller().by) as uow:
        editing.order_pages(uow, json_data.order)
    return "", 204


@api.put("/<slug>/sections/<section>")
@api.input(SectionBody)
@api.output(WholePageOut)
@api.doc(summary="Create or change a section")
@api_key(Scope.PAGES)
def put_section(slug: str, section: str, json_data: SectionBody) -> WholePageOut:
    """A section that was retired is in use again."""
    parse_slug(section)
    with runtime().work(caller().by) as uow:
        editing.save_section(uow, slug, json_data.wish(section))
    return whole(slug)


@api.delete("/<slug>/sections/<section>")
@api.output({}, status_code=204)
@api.doc(summary="Retire a section that is empty")
@api_key(Scope.PAGES)
def delete_section(slug: str, section: str) -> ResponseReturnValue:
    """Its services are moved or retired first."""
    with runtime().work(caller().by) as uow:
        editing.retire_section(uow, slug, section)
    return "", 204


@api.put("/<slug>/sections-order")
@api.input(OrderIn)
@api.output(WholePageOut)
@api.doc(summary="Put a page's sections in order")
@api_key(Scope.PAGES)
def put_sections_order(slug: str, json_data: OrderIn) -> WholePageOut:
    """Name each section once."""
    with runtime().work(caller().by) as uow:
        editing.order_sections(uow, slug, json_data.order)
    return whole(slug)


@api.put("/<slug>/components/<component>")
@api.input(ComponentBody)
@api.output(WholePageOut)
@api.doc(summary="Create or change a component")
@api_key(Scope.PAGES)
def put_component(slug: str, component: str, json_data: ComponentBody) -> WholePageOut:
    """A component that was retired is in use again; its history is its own."""
    parse_slug(component)
    with runtime().work(caller().by) as uow:
        editing.save_component(uow, slug, json_data.wish(component))
    return whole(slug)


@api.delete("/<slug>/components/<component>")
@api.output({}, status_code=204)
@api.doc(summary="Retire a component")
@api_key(Scope.PAGES)
def delete_component(slug: str, component: str) -> ResponseReturnValue:
    """Its history stays."""
    with runtime().work(caller().by) as uow:
        editing.retire_component(uow, slug, component)
    return "", 204


@api.put("/<slug>/components-order")
@api.input(OrderIn)
@api.output(WholePageOut)
@api.doc(summary="Put a page's components in order")
@api_key(Scope.PAGES)
def put_components_order(slug: str, json_data: OrderIn) -> WholePageOut:
    """Name each component once; each stays in its section."""
    with runtime().work(caller().by) as uow:
        editing.order_components(uow, slug, json_data.order)
    return whole(slug)


@api.post("/<slug>/components/<component>/corrections")
@idempotent
@api.input(CorrectionIn)
@api.output(CorrectionOut, status_code=201)
@api.doc(summary="Correct a component's history")
@api_key(Scope.PAGES)
def add_correction(slug: str, component: str, json_data: CorrectionIn) -> ResponseReturnValue:
    """Nothing is deleted: the correction stands beside, with its author and reason."""
    with runtime().work(caller().by) as uow:
        found = named(uow.session, slug, component)
        row = correct(uow, found.id, json_data.wish())
        shown = CorrectionOut(
            id=row.public_id,
            state=row.state,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            reason=row.reason,
            at=row.at,
            by=row.by,
        )
        return remember(uow, shown, 201)


def whole(slug: str) -> WholePageOut:
    """Return the page as it is now."""
    with runtime().read() as session:
        return page_out(session, slug)


def parse_slug(name: str, *, page: bool = False) -> None:
    """Raise `Invalid` where *name* cannot stand in an address."""
    parse(_PageName if page else _Name, {"slug": name})
