"""The audit trail in the console: who did what, when, and why. Nobody can change it."""

from typing import Annotated

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from service.access.queries import actor_names
from service.audit import queries
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, runtime
from service.web.forms import parse_form
from service.web.parsing import Line

trail = Blueprint("trail", __name__, template_folder="../templates", url_prefix="/console/audit")
add_navigation(trail, NavItem("trail.index", "access.trail.title", "moderator", 90))

MOST = 50


class TrailQuery(BaseModel):
    """What somebody wants to see of the trail."""

    model_config = ConfigDict(extra="ignore")

    action: Annotated[str, Line(60, 0)] = ""
    by: Annotated[str, Line(60, 0)] = ""
    subject: Annotated[str, Line(60, 0)] = ""
    before: int | None = Field(None, ge=1, le=2**53)


@trail.get("", strict_slashes=False)
@staff("moderator")
def index() -> ResponseReturnValue:
    """The newest entries; follow "older" to the beginning."""
    asked = parse_form(TrailQuery, request.args)
    with runtime().read() as session:
        found = queries.entries(session, **asked.model_dump(), limit=MOST + 1)
        return render_template(
            "access/trail.html",
            entries=found[:MOST],
            names=actor_names(session, {each.by for each in found}),
            asked=asked,
            older=found[MOST - 1].id if len(found) > MOST else None,
        )
