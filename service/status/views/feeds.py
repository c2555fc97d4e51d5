"""A page's feeds: everything, by category, and by component."""

from dataclasses import replace

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from channels.registry import Unavailable
from service.errors import NotFound
from service.pages import queries as pages
from service.status import queries
from service.status.answers import FEEDS, kept
from service.status.feeds import CATEGORIES, Place, compose
from service.status.views.finding import find, outside
from service.web.callers import public
from service.web.context import runtime
from service.web.i18n import localised

site = Blueprint("status_feeds", __name__)


@site.get("/<slug:page>/<any(fr, en):language>/feeds/<name>.<form>")
@site.get("/<slug:page>/<any(fr, en):language>/feeds/components/<slug:component>.<form>")
@public
def feed(
    page: str, language: str, form: str, name: str = "all", component: str = ""
) -> ResponseReturnValue:
    """The newest updates, one entry each."""
    rt = runtime()
    if name not in CATEGORIES:
        raise NotFound(f"there is no feed {name}; there are {', '.join(CATEGORIES)}")
    try:
        channel = rt.channels.pull(form)
    except Unavailable as error:
        abort(503 if form in rt.channels.unavailable() else 404, str(error))
    with rt.read() as session:
        _, found = find(session, page, language)
        of = pages.component_named(session, found.id, component) if component else None
        if component and of is None:
            raise NotFound(f"page {page} has no component {component}")
        of_id = of.id if of else None
        told = queries.newest(session, found.id, rt.clock(), CATEGORIES[name], of_id)
        url = outside(found, f"/{language}/")
        place = Place(
            page=found,
            language=language,
            name=name,
            host=rt.settings.host,
            url=url,
            self_url=f"{url}feeds/{f'components/{component}' if component else name}.{form}",
        )
        made = compose(place, told, queries.components(session, found.id) if told else {})
        if of is not None:
            title = f"{localised(found.name, language)} — {localised(of.name, language)}"
            made = replace(made, title=title, id=f"{made.id}/{of.public_id}")
    answer = Response(channel.document(made), mimetype=channel.media_type)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return kept(answer, FEEDS, made.updated_at)
