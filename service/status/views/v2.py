"""Statuspage's read API and history feeds, below `/{page}/` or a page's own host."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from channels.registry import Unavailable
from service.errors import NotFound
from service.events.models import Category, EventStage
from service.pages import queries as pages
from service.pages import queries_log as log
from service.pages.models import Page
from service.status import queries, v2
from service.status.answers import FEEDS, PAGES, kept
from service.status.history_feed import compose
from service.status.stories import Story
from service.status.views.finding import find, outside
from service.web.callers import public
from service.web.context import runtime
from service.web.i18n import is_negotiated
from service.web.i18n import language as asked_language

site = Blueprint("status_v2", __name__)

Stages = frozenset[EventStage] | None


@site.get("/api/v2/<path:name>.json")
@public
def only_page(name: str) -> ResponseReturnValue:
    """The same for the only page there is; where there are several, each has its own."""
    with runtime().read() as session:
        every = pages.pages(session)
    if len(every) != 1:
        there = ", ".join(f"/{each.slug}/api/v2/{name}.json" for each in every)
        raise NotFound(f"each page has its own: {there or 'there is none yet'}")
    return document(every[0].slug, name)


@site.get("/<slug:page>/api/v2/<path:name>.json")
@public
def document(page: str, name: str) -> ResponseReturnValue:
    """One of Statuspage's documents."""
    if name not in DOCUMENTS:
        raise NotFound(f"there is no {name}.json; there are {', '.join(DOCUMENTS)}")
    with runtime().read() as session:
        _, found = find(session, page)
        made = DOCUMENTS[name](session, found)
    answer = jsonify(made)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return kept(answer, PAGES)


@site.get("/<slug:page>/history.<any(rss, atom):form>")
@public
def history(page: str, form: str) -> ResponseReturnValue:
    """Every incident and maintenance, one entry each, as Statuspage's feeds have them."""
    rt = runtime()
    try:
        channel = rt.channels.pull(form)
    except Unavailable as error:
        abort(503 if form in rt.channels.unavailable() else 404, str(error))
    with rt.read() as session:
        _, found = find(session, page)
        board = _board(session, found)
        told = [
            *_told(session, found, Category.INCIDENT),
            *_told(session, found, Category.MAINTENANCE),
        ]
        made = compose(board, told, rt.settings.host, outside(found, f"/history.{form}"))
    answer = Response(channel.document(made), mimetype=channel.media_type)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return kept(answer, FEEDS, made.updated_at)


def _told(session: Session, page: Page, category: Category, stages: Stages = None) -> list[Story]:
    return queries.of_category(session, page.id, runtime().clock(), category, stages)


def _board(session: Session, page: Page) -> v2.Board:
    spoken = page.languages[0] if is_negotiated() else asked_language()
    return v2.Board(
        page=page,
        language=spoken,
        url=outside(page, ""),
        grid=queries.grid(session, page),
        changed=log.changed_at(session, page.id),
        updated_at=queries.last_change(session, page, runtime().clock()),
        permalink=lambda event_id: outside(page, f"/events/{event_id}"),
    )


def _summary(session: Session, page: Page) -> dict[str, Any]:
    board = _board(session, page)
    return {
        "page": v2.page(board),
        "components": v2.components(board),
        "incidents": _incidents(session, board, queries.UNDER_WAY),
        "scheduled_maintenances": _maintenances(session, board, UPCOMING | v2.ACTIVE),
        "status": v2.status(board),
    }


def _status(session: Session, page: Page) -> dict[str, Any]:
    board = _board(session, page)
    return {"page": v2.page(board), "status": v2.status(board)}


def _components(session: Session, page: Page) -> dict[str, Any]:
    board = _board(session, page)
    return {"page": v2.page(board), "components": v2.components(board)}


def _of_incidents(stages: Stages) -> Callable[[Session, Page], dict[str, Any]]:
    def made(session: Session, page: Page) -> dict[str, Any]:
        board = _board(session, page)
        return {"page": v2.page(board), "incidents": _incidents(session, board, stages)}

    return made


def _of_maintenances(stages: Stages) -> Callable[[Session, Page], dict[str, Any]]:
    def made(session: Session, page: Page) -> dict[str, Any]:
        board = _board(session, page)
        found = _maintenances(session, board, stages)
        return {"page": v2.page(board), "scheduled_maintenances": found}

    return made


def _incidents(session: Session, board: v2.Board, stages: Stages) -> list[dict[str, Any]]:
    told = _told(session, board.page, Category.INCIDENT, stages)
    return [v2.incident(board, story) for story in told]


def _maintenances(session: Session, board: v2.Board, stages: Stages) -> list[dict[str, Any]]:
    told = _told(session, board.page, Category.MAINTENANCE, stages)
    return [v2.maintenance(board, story) for story in told]


UPCOMING = frozenset({EventStage.SCHEDULED})

DOCUMENTS: dict[str, Callable[[Session, Page], dict[str, Any]]] = {
    "summary": _summary,
    "status": _status,
    "components": _components,
    "incidents": _of_incidents(None),
    "incidents/unresolved": _of_incidents(queries.UNDER_WAY),
    "scheduled-maintenances": _of_maintenances(None),
    "scheduled-maintenances/upcoming": _of_maintenances(UPCOMING),
    "scheduled-maintenances/active": _of_maintenances(v2.ACTIVE),
}
