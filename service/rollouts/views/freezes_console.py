"""The calendar of freezes in the console: what holds, what comes, and a form for another."""

from typing import Annotated

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict

from service.errors import Conflict, Fault, Invalid
from service.pages import queries as pages
from service.rollouts.acknowledging import freeze, lift
from service.rollouts.queries import needs
from service.web.callers import staff
from service.web.clocks import on_clock
from service.web.context import caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t
from service.web.parsing import Line, ZoneName

freezes = Blueprint(
    "freezes", __name__, url_prefix="/console/rollouts/freezes", template_folder="../templates"
)


class FreezeForm(BaseModel):
    """A period as the form gives it, on the clock of *zone*."""

    model_config = ConfigDict(extra="ignore")

    name: Annotated[str, Line(120)]
    starts_at: Annotated[str, Line(32)]
    ends_at: Annotated[str, Line(32)]
    zone: ZoneName


@freezes.get("", strict_slashes=False)
@staff("viewer")
def index() -> ResponseReturnValue:
    """What holds now and what comes."""
    return _page()


@freezes.post("", strict_slashes=False)
@staff("moderator")
def enter() -> ResponseReturnValue:
    """Enter a period."""
    try:
        wish = parse_form(FreezeForm, request.form)
        starts_at = on_clock(wish.zone, "starts_at", wish.starts_at)
        ends_at = on_clock(wish.zone, "ends_at", wish.ends_at)
        with runtime().work(caller().by) as uow:
            name = freeze(uow, wish.name, starts_at, ends_at).name
    except Invalid as refusal:
        return _page(refusal.faults), 422
    flash(t("rollouts.freezes.entered", name=name), "good")
    return redirect(url_for("freezes.index"), 303)


@freezes.post("/<freeze_id>/lift")
@staff("moderator")
def take_out(freeze_id: str) -> ResponseReturnValue:
    """Take a period out of the calendar."""
    try:
        with runtime().work(caller().by) as uow:
            name = lift(uow, freeze_id).name
    except Conflict:
        flash(t("rollouts.freezes.lifted_already"), "bad")
    else:
        flash(t("rollouts.freezes.lifted", name=name), "good")
    return redirect(url_for("freezes.index"), 303)


def _page(faults: tuple[Fault, ...] = ()) -> str:
    rt = runtime()
    with rt.read() as session:
        zones = list(dict.fromkeys([each.timezone for each in pages.pages(session)] + ["UTC"]))
        return render_template(
            "rollouts/freezes.html",
            freezes=needs.freezes(session, rt.clock()),
            now=rt.clock(),
            zones=zones,
            zone=request.form.get("zone") or zones[0],
            form=request.form,
            faults=faults,
        )
