"""The audit trail in the console: who did what, when, and why. Nobody can change it."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated, Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from service.access.queries import actor_names
from service.audit import queries
from service.errors import Fault, Invalid
from service.runtime import Runtime
from service.web import spreadsheets
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, runtime
from service.web.forms import parse_form
from service.web.parsing import Line

trail = Blueprint("trail", __name__, template_folder="../templates", url_prefix="/console/audit")
add_navigation(trail, NavItem("trail.index", "access.trail.title", "moderator", 90))

MOST = 50
PAGE = 500  # lines of a file between two looks at the database
COLUMNS = ("id", "at", "by", "name", "action", "subject", "detail")

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2037, 12, 31))]


class TrailQuery(BaseModel):
    """What somebody wants to see of the trail; days are UTC, the last one included."""

    model_config = ConfigDict(extra="ignore")

    action: Annotated[str, Line(60, 0)] = ""
    by: Annotated[str, Line(60, 0)] = ""
    subject: Annotated[str, Line(60, 0)] = ""
    since: Day | None = None
    until: Day | None = None
    before: int | None = Field(None, ge=1, le=2**53)

    def wanted(self) -> dict[str, Any]:
        """Return it as `queries.entries` takes it."""
        after = self.until + timedelta(days=1) if self.until else None
        return {**self.model_dump(), "since": _midnight(self.since), "until": _midnight(after)}


@trail.get("", strict_slashes=False)
@staff("moderator")
def index() -> ResponseReturnValue:
    """The newest entries; follow "older" to the beginning."""
    faults: tuple[Fault, ...] = ()
    try:
        asked = parse_form(TrailQuery, request.args)
    except Invalid as refusal:
        asked, faults = TrailQuery(), refusal.faults
    with runtime().read() as session:
        found = queries.entries(session, **asked.wanted(), limit=MOST + 1)
        page = render_template(
            "access/trail.html",
            entries=found[:MOST],
            names=actor_names(session, {each.by for each in found}),
            asked=request.args,
            faults=faults,
            older=found[MOST - 1].id if len(found) > MOST else None,
        )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK


@trail.get("/export.csv")
@staff("moderator")
def export() -> ResponseReturnValue:
    """The same entries as a file, however many: no look at the database lasts long."""
    asked = parse_form(TrailQuery, request.args)
    return Response(
        _lines(runtime(), asked.wanted()),
        content_type=spreadsheets.MEDIA_TYPE,
        headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
    )


def _lines(rt: Runtime, wanted: dict[str, Any]) -> Iterator[bytes]:
    yield spreadsheets.lines([COLUMNS])
    while True:
        with rt.read() as session:
            found = queries.entries(session, **wanted, limit=PAGE)
            names = actor_names(session, {each.by for each in found})
            rows = [
                (
                    each.id,
                    each.at.isoformat(),
                    each.by,
                    names.get(each.by, ""),
                    each.action,
                    each.subject,
                    json.dumps(each.detail, ensure_ascii=False),
                )
                for each in found
            ]
        if not rows:
            return
        yield spreadsheets.lines(rows)
        wanted["before"] = rows[-1][0]


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, UTC) if day else None
