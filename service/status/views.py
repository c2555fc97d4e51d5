"""The public site: rendered here, readable without scripts, the same for everybody."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from channels.registry import Unavailable
from service.errors import NotFound
from service.events.models import Category
from service.pages import queries as pages
from service.pages.models import Page
from service.status import queries
from service.status.answers import FEEDS, PAGES, kept
from service.status.feeds import CATEGORIES, Place, compose
from service.status.stories import Programme, Story, arrange, by_state, judge
from service.web.callers import public
from service.web.context import absolute, runtime
from service.web.i18n import COOKIE
from service.web.i18n import language as spoken_language

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

STYLE = Path(__file__).parent / "static" / "status.css"

site = Blueprint("status", __name__, template_folder="templates", static_folder=None)


@site.get("/")
@public
def home() -> ResponseReturnValue:
    rt = runtime()
    with rt.read() as session:
        states = pages.states_by_page(session)
        platforms = [
            (page, judge(states.get(page.id, {}).values())) for page in pages.pages(session)
        ]
        html = render_template("status/home.html", platforms=platforms)
    return kept(Response(html), PAGES)


@site.get("/<page>/")
@site.get("/<page>/events/<public_id>")  # what a message points at, whoever reads it
@public
def page(page: str, public_id: str = "") -> ResponseReturnValue:
    with runtime().read() as session:
        _, found = _find(session, page)
        spoken = found.languages
    chosen = request.cookies.get(COOKIE)
    if chosen not in spoken:
        chosen = request.accept_languages.best_match(spoken, spoken[0])
    answer = redirect(f"/{page}/{chosen}/" + (f"events/{public_id}" if public_id else ""))
    answer.headers["Cache-Control"] = "no-cache"
    answer.vary.update(("Accept-Language", "Cookie"))
    return answer


@site.get("/<page>/<any(fr, en):language>/")
@public
def overview(page: str, language: str) -> ResponseReturnValue:
    rt = runtime()
    with rt.read() as session:
        platforms, found = _find(session, page, language)
        grid = queries.grid(session, found)
        now = rt.clock()
        stories = queries.current(session, found.id, now, ended_after=now - RECENT)
        html = render_template(
            "status/overview.html",
            **_surroundings(platforms, found, ""),
            grid=grid,
            groups=grid.groups(),
            verdict=judge(grid.states.values()),
            programme=arrange(stories),
            touched=lambda story: by_state(story.states, grid.known),
        )
    return kept(Response(html), PAGES)


@site.get("/<page>/<any(fr, en):language>/<any(incidents, announcements, scheduled):shelf>/")
@public
def shelf(page: str, language: str, shelf: str) -> ResponseReturnValue:
    rt = runtime()
    with rt.read() as session:
        platforms, found = _find(session, page, language)
        now = rt.clock()
        stories = queries.current(session, found.id, now, ended_after=now - HISTORY, most=200)
        known = queries.components(session, found.id)
        html = render_template(
            "status/shelf.html",
            **_surroundings(platforms, found, f"{shelf}/"),
            name=shelf,
            shelves=SHELVES[shelf](arrange(stories)),
            touched=lambda story: by_state(story.states, known),
        )
    return kept(Response(html), PAGES)


@site.get("/<page>/<any(fr, en):language>/events/<public_id>")
@public
def event(page: str, language: str, public_id: str) -> ResponseReturnValue:
    rt = runtime()
    with rt.read() as session:
        platforms, found = _find(session, page, language)
        story = queries.story(session, found.id, rt.clock(), public_id)
        if story is None:
            raise NotFound(f"there is no event {public_id} on {page}")
        known = queries.components(session, found.id)
        html = render_template(
            "status/event.html",
            **_surroundings(platforms, found, f"events/{public_id}"),
            story=story,
            touched=lambda story: by_state(story.states, known),
        )
    return kept(Response(html), PAGES)


@site.get("/<page>/<any(fr, en):language>/feeds/<name>.<form>")
@public
def feed(page: str, language: str, name: str, form: str) -> ResponseReturnValue:
    rt = runtime()
    if name not in CATEGORIES:
        raise NotFound(f"there is no feed {name}; there are {', '.join(CATEGORIES)}")
    try:
        channel = rt.channels.pull(form)
    except Unavailable as error:
        abort(503 if form in rt.channels.unavailable() else 404, str(error))
    with rt.read() as session:
        _, found = _find(session, page, language)
        told = queries.newest(session, found.id, rt.clock(), CATEGORIES[name])
        url = absolute(f"/{page}/{language}/")
        place = Place(
            page=found,
            language=language,
            name=name,
            host=rt.settings.host,
            url=url,
            self_url=f"{url}feeds/{name}.{form}",
        )
        made = compose(place, told, queries.components(session, found.id) if told else {})
    answer = Response(channel.document(made), mimetype=channel.media_type)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return kept(answer, FEEDS, made.updated_at)


@site.get("/-/status.css")
@public
def stylesheet() -> ResponseReturnValue:
    return send_file(STYLE, mimetype="text/css", max_age=300)


def _find(session: Session, slug: str, language: str = "") -> tuple[Sequence[Page], Page]:
    """Return every platform and the one called *slug*; raises `NotFound`."""
    platforms = pages.pages(session)
    found = next((each for each in platforms if each.slug == slug), None)
    if found is None:
        raise NotFound(f"there is no page {slug}")
    if language and language not in found.languages:
        raise NotFound(f"page {slug} does not speak {language}")
    return platforms, found


def _surroundings(platforms: Sequence[Page], page: Page, path: str) -> dict[str, Any]:
    """What every template of a page needs; *path* is the address below `/{page}/{language}/`."""
    spoken = spoken_language()
    return {
        "page": page,
        "platforms": platforms,
        "zone": page.timezone,
        "now": runtime().clock(),
        "root": f"/{page.slug}/{spoken}/",
        "path": path,
        "translations": {each: f"/{page.slug}/{each}/{path}" for each in page.languages},
        "feeds": {name: f"/{page.slug}/{spoken}/feeds/{name}" for name in CATEGORIES},
        "formats": runtime().channels.pull_names(),
    }
