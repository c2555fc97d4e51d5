"""A platform at a glance, its shelves of events, and one event."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from service.errors import NotFound
from service.events.models import Category
from service.status import queries
from service.status.answers import PAGES, kept
from service.status.bars import bars
from service.status.stories import Programme, Story, arrange, by_state
from service.status.views.finding import find, surroundings
from service.web.callers import public
from service.web.context import runtime

#: How long what ended stays: on the overview, and on the shelf of its kind.
RECENT = timedelta(days=7)
HISTORY = timedelta(days=90)

#: What stands on each shelf: a title, the events, the words for when there are none.
SHELVES: dict[str, Callable[[Programme], list[tuple[str, Sequence[Story], str]]]] = {
    "incidents": lambda it: [
        ("current", it.incidents, "no_incidents"),
        ("history", it.past_of(Category.INCIDENT), "no_past_incidents"),
    ],
    "announcements": lambda it: [
        ("actions", it.actions, "no_actions"),
        ("announcements", it.announcements, "no_announcements"),
        ("history", it.past_of(Category.ACTION_REQUIRED), "no_past_actions"),
    ],
    "scheduled": lambda it: [
        ("current", it.works, "no_works"),
        ("planned", it.planned, "no_planned"),
        ("history", it.past_of(Category.MAINTENANCE), "no_past_works"),
    ],
}

site = Blueprint("status_overview", __name__)


@site.get("/<slug:page>/<any(fr, en):language>/")
@public
def overview(page: str, language: str) -> ResponseReturnValue:
    """How a platform is, what happens, what will, and every service with its last days."""
    rt = runtime()
    with rt.read() as session:
        platforms, found = find(session, page, language)
        around = surroundings(session, platforms, found, "")
        now, grid = around["now"], around["grid"]
        stories = queries.current(session, found.id, now, ended_after=now - RECENT)
        html = render_template(
            "status/overview.html",
            **around,
            groups=grid.groups(),
            bars=bars(session, found, grid.components, now),
            programme=arrange(stories),
            touched=lambda story: by_state(story.states, grid.known),
        )
    return kept(Response(html), PAGES)


@site.get("/<slug:page>/<any(fr, en):language>/<any(incidents, announcements, scheduled):shelf>/")
@public
def shelf(page: str, language: str, shelf: str) -> ResponseReturnValue:
    """Events of one kind: those that run, and those of the last 90 days."""
    rt = runtime()
    with rt.read() as session:
        platforms, found = find(session, page, language)
        around = surroundings(session, platforms, found, f"{shelf}/")
        now, grid = around["now"], around["grid"]
        stories = queries.current(session, found.id, now, ended_after=now - HISTORY, most=200)
        html = render_template(
            "status/shelf.html",
            **around,
            name=shelf,
            shelves=SHELVES[shelf](arrange(stories)),
            touched=lambda story: by_state(story.states, grid.known),
        )
    return kept(Response(html), PAGES)


@site.get("/<slug:page>/<any(fr, en):language>/events/<public_id>")
@public
def event(page: str, language: str, public_id: str) -> ResponseReturnValue:
    """One event with everything that was said of it."""
    rt = runtime()
    with rt.read() as session:
        platforms, found = find(session, page, language)
        story = queries.story(session, found.id, rt.clock(), public_id)
        if story is None:
            raise NotFound(f"there is no event {public_id} on {page}")
        around = surroundings(session, platforms, found, f"events/{public_id}")
        html = render_template(
            "status/event.html",
            **around,
            story=story,
            touched=lambda story: by_state(story.states, around["grid"].known),
        )
    return kept(Response(html), PAGES)
