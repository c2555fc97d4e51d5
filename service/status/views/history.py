"""A platform's past, month by month."""

from datetime import date, datetime, time, timedelta
from itertools import groupby

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from scheduling import zones
from service.errors import NotFound
from service.status.answers import PAGES, kept
from service.status.queries_history import between, first_begin
from service.status.stories import by_state
from service.status.views.finding import find, surroundings
from service.web.callers import public
from service.web.context import runtime

site = Blueprint("status_history", __name__)


@site.get("/<slug:page>/<any(fr, en):language>/history/")
@site.get(
    "/<slug:page>/<any(fr, en):language>/history"
    "/<int(fixed_digits=4):year>-<int(fixed_digits=2):month>"
)
@public
def by_month(page: str, language: str, year: int = 0, month: int = 0) -> ResponseReturnValue:
    """Everything of one month, the latest day first; without a month, the current one."""
    with runtime().read() as session:
        platforms, found = find(session, page, language)
        zone, now = found.timezone, runtime().clock()
        today = zones.wall_clock(zone, now).date()
        first = _first(year, month) if year else today.replace(day=1)
        following = (first + timedelta(days=31)).replace(day=1)
        start, end = _midnight(zone, first), _midnight(zone, following)
        told = between(session, found.id, now, start, min(end, now))
        path = f"history/{first:%Y-%m}" if year else "history/"
        around = surroundings(session, platforms, found, path)
        html = render_template(
            "status/history.html",
            **around,
            month=first,
            before=(first - timedelta(days=1)).replace(day=1),
            after=following if following <= today else None,
            has_before=start > min(found.created_at, first_begin(session, found.id, now) or now),
            days=[
                (day, list(stories))
                for day, stories in groupby(
                    told, lambda it: max(zones.wall_clock(zone, it.begins).date(), first)
                )
            ],
            touched=lambda story: by_state(story.states, around["grid"].known),
        )
    return kept(Response(html), PAGES)


def _first(year: int, month: int) -> date:
    try:
        first = date(year, month, 1)
    except ValueError:
        raise NotFound(f"there is no month {year:04}-{month:02}") from None
    if not date(2000, 1, 1) <= first < date(zones.LAST_YEAR, 12, 1):
        raise NotFound("nothing is known of that time")
    return first


def _midnight(zone: str, day: date) -> datetime:
    return zones.to_utc(zone, datetime.combine(day, time()))
