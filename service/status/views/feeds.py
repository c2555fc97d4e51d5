"""A page's feeds and calendars: everything, by kind, by service, one event, put together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from channels.base import Feed
from channels.registry import Unavailable
from service.errors import Fault, Invalid, NotFound
from service.events.models import Category
from service.pages import queries as pages
from service.pages import queries_log as log
from service.pages.models import Component, Page
from service.status import calendars, queries, selections, state_feed
from service.status.answers import FEEDS, PAGES, kept
from service.status.feeds import CATEGORIES, Place, compose
from service.status.selections import Custom
from service.status.views.finding import find, outside, surroundings
from service.web.addresses import address
from service.web.callers import public
from service.web.context import runtime
from service.web.i18n import localised

site = Blueprint("status_feeds", __name__)

BASE = "/<slug:page>/<any(fr, en):language>"
ICS = "calendar"


@dataclass(frozen=True, slots=True)
class Asked:
    """What one address of a page asks for."""

    page: Page
    language: str
    path: str  # below the language, with its ending

    def place(self, name: str, of: str = "", key: str = "") -> Place:
        """Return where the feed *name* stands."""
        url = outside(self.page, f"/{self.language}/")
        host = runtime().settings.host
        return Place(self.page, self.language, name, host, url, f"{url}{self.path}", of, key)

    def named(self, words: dict[str, str]) -> str:
        """Return *words* in its language."""
        return localised(words, self.language)


@site.get(f"{BASE}/feeds/<name>.<form>")
@public
def feed(page: str, language: str, name: str, form: str) -> ResponseReturnValue:
    """The newest updates, one entry each; `status`: the states of the page."""

    def made(session: Session, asked: Asked) -> Feed:
        if name == "status":
            return _page_states(session, asked)
        if name not in CATEGORIES:
            raise NotFound(f"there is no feed {name}; there are status, {', '.join(CATEGORIES)}")
        told = queries.newest(session, asked.page.id, runtime().clock(), CATEGORIES[name])
        return compose(asked.place(name), told, _components(session, asked))

    return _answer(page, language, form, f"feeds/{name}.{form}", made)


@site.get(f"{BASE}/feeds/<any(components, sections, events, custom):kind>/<key>.<form>")
@public
def part(page: str, language: str, kind: str, key: str, form: str) -> ResponseReturnValue:
    """The same of a component, a section, one event, or what somebody put together."""

    def made(session: Session, asked: Asked) -> Feed:
        chosen = _chosen(session, asked, kind, key)
        found = set(chosen.categories) or CATEGORIES["all"]
        told = queries.newest(
            session, asked.page.id, runtime().clock(), found, chosen.components, chosen.event
        )
        if chosen.event and not told:
            raise NotFound(f"there is no event {key} on {page}")
        place = asked.place("all", chosen.of or localised(told[0][0].title, language), chosen.key)
        return compose(place, told, _components(session, asked))

    return _answer(page, language, form, f"feeds/{kind}/{key}.{form}", made)


@site.get(f"{BASE}/feeds/components/<slug:component>/status.<form>")
@public
def states(page: str, language: str, component: str, form: str) -> ResponseReturnValue:
    """The states of one component: the newest is the one now."""

    def made(session: Session, asked: Asked) -> Feed:
        of = _component(session, asked, component)
        words = log.words_since(session, asked.page.id, of.created_at)
        place = asked.place("all", asked.named(of.name), f"states/{of.public_id}")
        return state_feed.of_component(place, of, words[of.id], runtime().clock())

    return _answer(page, language, form, f"feeds/components/{component}/status.{form}", made)


@site.get(f"{BASE}/calendars/<any(all, maintenance):name>.ics", defaults={"kind": "", "key": ""})
@site.get(f"{BASE}/calendars/<any(components, sections, custom):kind>/<key>.ics")
@public
def calendar(
    page: str, language: str, kind: str, key: str, name: str = "maintenance"
) -> ResponseReturnValue:
    """Maintenances, for people's own calendars."""
    path = f"calendars/{kind}/{key}.ics" if kind else f"calendars/{name}.ics"

    def made(session: Session, asked: Asked) -> Feed:
        chosen = _chosen(session, asked, kind, key) if kind else Chosen("", "")
        told = queries.newest(
            session,
            asked.page.id,
            runtime().clock(),
            calendars.CALENDAR,
            chosen.components,
            most=500,
        )
        place = asked.place("maintenance", chosen.of, f"calendar/{chosen.key or 'all'}")
        return calendars.compose(place, told, _components(session, asked))

    return _answer(page, language, ICS, path, made)


@site.get(f"{BASE}/feeds.opml")
@public
def opml(page: str, language: str) -> ResponseReturnValue:
    """Every feed of a page, for readers that take them all at once."""
    with runtime().read() as session:
        _, found = find(session, page, language)
        listed = _every(session, Asked(found, language, ""))
        url = outside(found, f"/{language}/")
        xml = render_template("status/feeds.opml", page=found, url=url, feeds=listed)
    answer = Response(xml, mimetype="text/x-opml")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return kept(answer, FEEDS)


@site.get(f"{BASE}/feeds/", strict_slashes=False)
@public
def index(page: str, language: str) -> ResponseReturnValue:
    """Every feed and calendar, and a form to put one's own together."""
    rt = runtime()
    asked_for = request.args.get("format", "")
    with rt.read() as session:
        platforms, found = find(session, page, language)
        grid = queries.grid(session, found)
        custom = _custom_from_form()
        faults: tuple[Fault, ...] = ()
        if asked_for:
            try:
                selections.checked(custom, queries.components(session, found.id), grid.sections)
                folder = "calendars" if asked_for == "ics" else "feeds"
                where = f"/{page}/{language}/{folder}/custom/{custom.token}.{asked_for}"
                return redirect(address(where), 303)
            except Invalid as error:
                faults = error.faults
        html = render_template(
            "status/feeds.html",
            **surroundings(session, platforms, found, "feeds/"),
            groups=grid.groups(),
            every=_every(session, Asked(found, language, "")),
            categories=list(Category),
            custom=custom,
            faults=faults,
        )
    return kept(Response(html), PAGES)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The part of a page that an address is about."""

    of: str
    key: str
    components: frozenset[int] | None = None
    event: str = ""
    categories: tuple[Category, ...] = ()


def _chosen(session: Session, asked: Asked, kind: str, key: str) -> Chosen:
    if kind == "components":
        of = _component(session, asked, key)
        return Chosen(asked.named(of.name), of.public_id, frozenset({of.id}))
    if kind == "events":
        return Chosen("", f"event/{key}", event=key)
    sections = pages.sections(session, asked.page.id)
    if kind == "sections":
        section = next((each for each in sections if each.slug == key), None)
        if section is None:
            raise NotFound(f"page {asked.page.slug} has no section {key}")
        ids = {
            each.id
            for each in pages.components(session, asked.page.id)
            if each.section_id == section.id
        }
        return Chosen(asked.named(section.name), section.public_id, frozenset(ids))
    custom = selections.read(key)
    known = queries.components(session, asked.page.id)
    ids_or_all = selections.members(custom, known, sections)
    named = [asked.named(each.name) for each in known.values() if each.id in (ids_or_all or ())]
    of_all = asked.named(asked.page.name)
    return Chosen(
        ", ".join(named)[:200] or of_all,
        f"custom/{custom.token}",
        ids_or_all,
        categories=custom.categories,
    )


def _answer(
    page: str,
    language: str,
    form: str,
    path: str,
    made: Callable[[Session, Asked], Feed],
) -> ResponseReturnValue:
    rt = runtime()
    try:
        channel = rt.channels.pull(form)
    except Unavailable as error:
        abort(503 if form in rt.channels.unavailable() else 404, str(error))
    with rt.read() as session:
        _, found = find(session, page, language)
        feed = made(session, Asked(found, language, path))
    answer = Response(channel.document(feed), mimetype=channel.media_type)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return kept(answer, FEEDS, feed.updated_at)


def _page_states(session: Session, asked: Asked) -> Feed:
    used = pages.components(session, asked.page.id)
    words = log.words_since(session, asked.page.id, asked.page.created_at)
    place = asked.place("all", asked.named(asked.page.name), "states")
    return state_feed.of_page(place, used, words, runtime().clock())


def _component(session: Session, asked: Asked, slug: str) -> Component:
    found = pages.component_named(session, asked.page.id, slug)
    if found is None:
        raise NotFound(f"page {asked.page.slug} has no component {slug}")
    return found


def _components(session: Session, asked: Asked) -> dict[int, Component]:
    return queries.components(session, asked.page.id)


def _every(session: Session, asked: Asked) -> Sequence[tuple[str, str]]:
    """Each feed's address without its ending, and its name; none needs a token."""
    url = outside(asked.page, f"/{asked.language}/feeds/")
    found = [(f"{url}{name}", name) for name in (*CATEGORIES, "status")]
    sections = pages.sections(session, asked.page.id)
    found += [(f"{url}sections/{each.slug}", asked.named(each.name)) for each in sections]
    for each in pages.components(session, asked.page.id):
        found.append((f"{url}components/{each.slug}", asked.named(each.name)))
    return found


def _custom_from_form() -> Custom:
    given = request.args
    known = {str(each) for each in Category}
    return Custom(
        tuple(given.getlist("components"))[: selections.MOST],
        tuple(given.getlist("sections"))[: selections.MOST],
        tuple(Category(each) for each in given.getlist("categories") if each in known),
    )
