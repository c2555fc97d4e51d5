"""Every way to be told, and where to get help."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from service.events import queries_handbook as handbook
from service.status.answers import PAGES, kept
from service.status.views.finding import find, outside, surroundings
from service.web.callers import public
from service.web.context import absolute, runtime

site = Blueprint("status_help", __name__)


@site.get("/<slug:page>/<any(fr, en):language>/channels/")
@public
def channels(page: str, language: str) -> ResponseReturnValue:
    """The feeds and how to read them, mail, webhooks, badges, the API; and whom to ask."""
    with runtime().read() as session:
        platforms, found = find(session, page, language)
        html = render_template(
            "status/channels.html",
            **surroundings(session, platforms, found, "channels/"),
            outlets=handbook.public_outlets(session, found.id),
            help_text=handbook.of_page(session, found.id).help,
            v2=outside(found, "/api/v2/summary.json"),
            badge=outside(found, f"/{language}/badge.svg"),
            widget=outside(found, f"/{language}/widget"),
            script=outside(found, f"/{language}/widget.js"),
            recap=outside(found, f"/{language}/recap.json"),
            openapi=absolute("/api/v1/openapi.json"),
        )
    return kept(Response(html), PAGES)
