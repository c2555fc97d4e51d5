"""Pages for programs: what there is, and the state of each component."""

from collections.abc import Collection
from typing import Any

from apiflask import APIBlueprint
from sqlalchemy.orm import Session

from service.access.models import Scope
from service.errors import NotFound
from service.pages import queries
from service.pages.actions import set_state
from service.pages.models import Component, Page, State
from service.pages.places import address_of
from service.pages.schemas import (
    ComponentOut,
    PageOut,
    PagesOut,
    SectionOut,
    StateIn,
    StateOut,
    WholePageOut,
)
from service.pages.states import BASELINE, worst
from service.web.callers import api_key, public
from service.web.context import caller, runtime

api = APIBlueprint("pages_api", __name__, url_prefix="/api/v1/pages", tag="Pages")


@api.get("")
@api.output(PagesOut)
@api.doc(summary="List pages")
@public
def list_pages() -> PagesOut:
    """List every page, in order, each with the worst state of its components."""
    with runtime().read() as session:
        states = queries.states_by_page(session)
        shown = [
            PageOut(**_page(page, states.get(page.id, {}).values()))
            for page in queries.pages(session)
        ]
    return PagesOut(pages=shown)


@api.get("/<slug>")
@api.output(WholePageOut)
@api.doc(summary="Read a page with its components")
@public
def show_page(slug: str) -> WholePageOut:
    """Its sections and components, in order, each component with the state it is in."""
    with runtime().read() as session:
        return page_out(session, slug)


@api.put("/<slug>/components/<component>/state")
@api.input(StateIn)
@api.output(StateOut)
@api.doc(summary="Say what state a component is in")
@api_key(Scope.PAGES)
def put_state(slug: str, component: str, json_data: StateIn) -> StateOut:
    """Holds until said otherwise; what events say of the component stands beside it."""
    with runtime().work(caller().by) as uow:
        found = named(uow.session, slug, component)
        word = set_state(uow, found.id, BASELINE, json_data.state, json_data.comment)
        state = queries.effective_states(uow.session, found.page_id)[found.id]
        return StateOut(
            said=json_data.state, state=state, comment=word.comment, at=word.at, by=word.by
        )


def page_out(session: Session, slug: str) -> WholePageOut:
    """Return a page with all it consists of; raises `NotFound`."""
    page = found_page(queries.page_by_slug(session, slug), slug)
    states = queries.effective_states(session, page.id)
    components = queries.components(session, page.id)
    sections = [
        SectionOut(
            id=section.public_id,
            slug=section.slug,
            name=section.name,
            components=[
                _component(each, states[each.id])
                for each in components
                if each.section_id == section.id
            ],
        )
        for section in queries.sections(session, page.id)
    ]
    return WholePageOut(**_page(page, states.values()), sections=sections)


def named(session: Session, slug: str, component: str) -> Component:
    """Return a component of a page; raises `NotFound`."""
    page = found_page(queries.page_by_slug(session, slug), slug)
    found = queries.component_named(session, page.id, component)
    if found is None:
        raise NotFound(f"page {slug} has no component {component}")
    return found


def found_page(page: Page | None, slug: str) -> Page:
    """Return the page that was looked for; raises `NotFound`."""
    if page is None:
        raise NotFound(f"there is no page {slug}")
    return page


def _page(page: Page, states: Collection[State]) -> dict[str, Any]:
    return {
        "id": page.public_id,
        "slug": page.slug,
        "url": address_of(runtime().settings, page),
        "name": page.name,
        "description": page.description,
        "languages": page.languages,
        "timezone": page.timezone,
        "state": worst(states),
    }


def _component(component: Component, state: State) -> ComponentOut:
    return ComponentOut(
        id=component.public_id,
        slug=component.slug,
        name=component.name,
        description=component.description,
        impact=component.impact,
        state=state,
    )
