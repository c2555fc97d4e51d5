"""One service over time, and the look-up of an instant."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from scheduling import zones
from service.access.queries import actor_names
from service.errors import Fault, Invalid, NotFound, invalid
from service.pages import queries as pages
from service.pages import queries_log as log
from service.pages.days import WEIGHTS, uptime
from service.pages.models import Component, Page
from service.pages.states import BASELINE
from service.status.answers import PAGES, kept
from service.status.bars import bars
from service.status.queries_history import of_component
from service.status.stories import Grid, arrange, by_state
from service.status.touched import Finding, look_up
from service.status.views.finding import find, surroundings
from service.web.callers import public
from service.web.context import runtime

SPANS = (7, 30, 90)  # days whose uptime is told
HISTORY = timedelta(days=90)

site = Blueprint("status_component", __name__)


@site.get("/<slug:page>/<any(fr, en):language>/components/<slug:component>")
@public
def show(page: str, language: str, component: str) -> ResponseReturnValue:
    """What it is, how it is, how it was day by day, what touched it and what will."""
    with runtime().read() as session:
        platforms, found = find(session, page, language)
        it = _component(session, found, component)
        around = surroundings(session, platforms, found, f"components/{it.slug}")
        now, grid = around["now"], around["grid"]
        bar = bars(session, found, [it], now)[it.id]
        corrections = log.corrections_of(session, it.id)
        said = pages.last_word(session, it.id, BASELINE)
        html = render_template(
            "status/component.html",
            **around,
            **_placed(grid, it),
            bar=bar,
            uptimes=[(n, uptime(day.seconds for day in bar.days[-n:])) for n in SPANS],
            weights={state: cost / 10 for state, cost in WEIGHTS.items()},
            programme=arrange(of_component(session, it.id, now, now - HISTORY)),
            corrections=corrections,
            authors=actor_names(session, {each.by for each in corrections}),
            said=said if said is not None and said.comment else None,
            touched=lambda story: by_state(story.states, grid.known),
        )
    return kept(Response(html), PAGES)


@site.get("/<slug:page>/<any(fr, en):language>/touched")
@public
def touched(page: str, language: str) -> ResponseReturnValue:
    """Answer whether a service was touched at an instant on the page's clock."""
    faults: tuple[Fault, ...] = ()
    finding: Finding | None = None
    with runtime().read() as session:
        platforms, found = find(session, page, language)
        around = surroundings(session, platforms, found, "touched")
        named = request.args.get("component", "")
        it = pages.component_named(session, found.id, named) if named else None
        asked = request.args.get("at", "")
        try:
            if asked and it is None:
                raise invalid("/component", "choose a service", "unknown")
            if asked and it is not None:
                instant = instant_of(asked, found.timezone)
                finding = look_up(session, it, instant, around["now"])
        except Invalid as error:
            faults = tuple(error.faults)
        html = render_template(
            "status/touched.html",
            **around,
            groups=around["grid"].groups(),
            component=it,
            asked=asked if finding else "",  # a field for times takes nothing else
            finding=finding,
            faults=faults,
            touched=lambda story: by_state(story.states, around["grid"].known),
        )
    return Response(html, 422 if faults else 200)


def instant_of(text: str, zone: str) -> datetime:
    """Return what *text* says: an instant with an offset, or a time on the clock of *zone*.

    Raises `Invalid`.
    """
    try:
        given = datetime.fromisoformat(text)
        instant = given if given.tzinfo else zones.to_utc(zone, given)
        zones.wall_clock(zone, instant)
    except (ValueError, OverflowError):  # `BeyondZoneData` is one
        raise invalid("/at", "write date and time, such as 2026-11-22T09:30", "instant") from None
    return instant


def _component(session: Session, page: Page, name: str) -> Component:
    found = pages.component_named(session, page.id, name)
    if found is None:
        raise NotFound(f"page {page.slug} has no component {name}")
    return found


def _placed(grid: Grid, component: Component) -> dict[str, Any]:
    section = next((it for it in grid.sections if it.id == component.section_id), None)
    return {"component": component, "section": section, "state": grid.state(component)}
