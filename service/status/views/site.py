"""The door of the public site: the choice of a platform, and what belongs to no page."""

from pathlib import Path
from typing import cast

from flask import Blueprint, Flask, Response, redirect, render_template, send_file
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from service.pages import queries as pages
from service.status.answers import PAGES, kept
from service.status.bars import day_words, percent
from service.status.hosts import Hosts, by_host
from service.status.stories import judge
from service.status.views.finding import chosen_language, entrance, find
from service.web.addresses import address
from service.web.callers import public
from service.web.context import absolute, runtime, runtime_of
from service.web.i18n import language as spoken_language

ASSETS = Path(__file__).parents[1] / "static"

ROBOTS = """User-agent: *
Disallow: /console
Disallow: /api/v1
Disallow: /c/
Disallow: /p/
Disallow: /u/
Allow: /
"""

site = Blueprint("status", __name__, template_folder="../templates", static_folder=None)


@site.record_once
def lead_hosts(state: BlueprintSetupState) -> None:
    """Let pages' own hosts lead to them, and templates say uptimes and days."""
    app = cast(Flask, state.app)
    app.wsgi_app = Hosts(app.wsgi_app, lambda: by_host(runtime_of(app)))  # type: ignore[method-assign]
    app.jinja_env.globals.update(percent=percent, day_words=day_words)


@site.get("/")
@public
def home() -> ResponseReturnValue:
    """Ask which platform."""
    rt, spoken = runtime(), spoken_language()
    with rt.read() as session:
        states = pages.states_by_page(session)
        platforms = [
            (page, judge(states.get(page.id, {}).values()), entrance(page, spoken))
            for page in pages.pages(session)
        ]
        html = render_template("status/home.html", platforms=platforms)
    return kept(Response(html), PAGES)


@site.get("/<slug:page>/")
@site.get("/<slug:page>/events/<public_id>")  # what a message points at, whoever reads it
@site.get("/<slug:page>/components/<component>")  # what a badge points at
@site.get("/<slug:page>/<any(channels, history):place>/")  # what every mail's head points at
@public
def page(
    page: str, public_id: str = "", component: str = "", place: str = ""
) -> ResponseReturnValue:
    """Lead to the same in the reader's language."""
    with runtime().read() as session:
        _, found = find(session, page)
        chosen = chosen_language(found)
    rest = f"events/{public_id}" if public_id else ""
    rest = f"{place}/" if place else rest
    rest = f"components/{component}" if component else rest
    answer = redirect(address(f"/{page}/{chosen}/{rest}"))
    answer.headers["Cache-Control"] = "no-cache"
    answer.vary.update(("Accept-Language", "Cookie"))
    return answer


@site.get("/robots.txt")
@site.get("/<slug:page>/robots.txt")
@public
def robots(page: str = "") -> ResponseReturnValue:
    """What crawlers may read: everything public."""
    del page  # the same on every host
    return kept(Response(ROBOTS, mimetype="text/plain"), PAGES)


@site.get("/-/status.<any(css, js):kind>")
@public
def asset(kind: str) -> ResponseReturnValue:
    """The site's own style and script."""
    mimetype = {"css": "text/css", "js": "text/javascript"}[kind]
    return send_file(ASSETS / f"status.{kind}", mimetype=mimetype, max_age=300)


@site.get("/.well-known/security.txt")
@public
def security() -> ResponseReturnValue:
    """Where to tell of a weakness (RFC 9116)."""
    rt = runtime()
    expires = rt.clock().replace(year=rt.clock().year + 1, month=1, day=1, hour=0, minute=0)
    lines = (
        f"Contact: mailto:{rt.settings.mail_from}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:00Z}",
        f"Canonical: {absolute('/.well-known/security.txt')}",
    )
    return kept(Response("\n".join((*lines, "")), mimetype="text/plain"), PAGES)
