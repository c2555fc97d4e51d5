"""How a platform is, for other sites: recap as JSON, widget, badges. No cookie is set."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.pages import queries as pages
from service.pages.models import Page
from service.status import queries
from service.status.answers import PAGES, kept
from service.status.stories import Grid, Story, arrange, by_state, judge
from service.status.views.finding import find, outside
from service.web.callers import public
from service.web.context import runtime
from service.web.i18n import localised, t
from service.web.shell import CONTENT_SECURITY_POLICY

#: Others may show it in a frame; it loads nothing but its own style.
FRAMED = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
SOON = timedelta(days=7)  # how far ahead a recap looks

site = Blueprint("status_recap", __name__)


@site.get("/<slug:page>/<any(fr, en):language>/recap.json")
@public
def recap(page: str, language: str) -> ResponseReturnValue:
    """The verdict, what is under way and what comes soon."""
    with runtime().read() as session:
        _, found = find(session, page, language)
        answer = jsonify(_recap(session, found, language))
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return kept(answer, PAGES)


@site.get("/<slug:page>/<any(fr, en):language>/widget")
@public
def widget(page: str, language: str) -> ResponseReturnValue:
    """The recap as a small page to put in a frame; details by hover, focus and touch."""
    with runtime().read() as session:
        _, found = find(session, page, language)
        html = render_template(
            "status/widget.html", page=found, recap=_recap(session, found, language)
        )
    answer = kept(Response(html), PAGES)
    answer.headers["Content-Security-Policy"] = FRAMED
    return answer


@site.get("/<slug:page>/<any(fr, en):language>/widget.js")
@public
def script(page: str, language: str) -> ResponseReturnValue:
    """A script that puts the frame where it stands."""
    with runtime().read() as session:
        _, found = find(session, page, language)
        name = localised(found.name, language)
        text = render_template(
            "status/widget.js", src=outside(found, f"/{language}/widget"), title=name
        )
    answer = Response(text, mimetype="text/javascript")
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return kept(answer, PAGES)


@site.get("/<slug:page>/<any(fr, en):language>/badge.svg")
@site.get("/<slug:page>/<any(fr, en):language>/badge/<slug:component>.svg")
@public
def badge(page: str, language: str, component: str = "") -> ResponseReturnValue:
    """One line as a picture: the platform's verdict, or a service and its state."""
    with runtime().read() as session:
        _, found = find(session, page, language)
        grid = queries.grid(session, found)
        if component:
            it = pages.component_named(session, found.id, component)
            if it is None:
                raise NotFound(f"page {page} has no component {component}")
            label, state = localised(it.name, language), grid.state(it)
        else:
            label, state = localised(found.name, language), _verdict(grid).state
        svg = render_template(
            "status/badge.svg", label=label, state=state, words=t(f"state.{state}")
        )
    answer = Response(svg, mimetype="image/svg+xml")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return kept(answer, PAGES)


def _verdict(grid: Grid) -> Any:
    return judge([grid.state(each) for each in grid.components])


def _recap(session: Session, page: Page, language: str) -> dict[str, Any]:
    now = runtime().clock()
    grid = queries.grid(session, page)
    verdict = _verdict(grid)
    programme = arrange(queries.current(session, page.id, now, ended_after=now))
    soon = [each for each in programme.planned if each.begins < now + SOON]
    return {
        "page": localised(page.name, language),
        "url": outside(page, f"/{language}/"),
        "time_zone": page.timezone,
        "state": verdict.state,
        "description": t(f"status.verdict.{verdict.words}", count=verdict.count),
        "updated_at": queries.last_change(session, page, now).isoformat(timespec="milliseconds"),
        "current": [_event(grid, page, each, language) for each in programme.current],
        "planned": [_event(grid, page, each, language) for each in soon],
        "actions": [_event(grid, page, each, language) for each in programme.actions],
        "general": [
            _event(grid, page, each, language) for each in queries.running(session, page.id, now)[1]
        ],
    }


def _event(grid: Grid, page: Page, story: Story, language: str) -> dict[str, Any]:
    ends = story.last.ends_at
    return {
        "id": story.event.public_id,
        "category": story.event.category,
        "stage": story.stage,
        "title": localised(story.event.title, language),
        "body": localised(story.last.body, language),
        "url": outside(page, f"/{language}/events/{story.event.public_id}"),
        "starts_at": story.begins.isoformat(timespec="milliseconds"),
        "ends_at": ends.isoformat(timespec="milliseconds") if ends else None,
        "components": [
            {"component": each.slug, "name": localised(each.name, language), "state": state}
            for state, members in by_state(story.states, grid.known)
            for each in members
        ],
    }
