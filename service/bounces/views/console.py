"""The suppression list and the storms, for staff."""

from collections.abc import Iterator

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.bounces import actions, queries
from service.errors import Conflict, NotFound
from service.runtime import Runtime
from service.subscribers import queries_suppressed as suppressed
from service.subscribers.suppressing import MOST, as_row, import_lines, lift, suppressed_pages
from service.web import spreadsheets
from service.web.addresses import row_named
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, runtime
from service.web.i18n import t

console = Blueprint(
    "suppressions", __name__, url_prefix="/console/suppressions", template_folder="../templates"
)
add_navigation(console, NavItem("suppressions.index", "bounces.title", "viewer", 70))

SHOWN = 50


@console.get("", strict_slashes=False)
@staff("viewer")
def index() -> ResponseReturnValue:
    """Who gets no bulk mail and why, and which providers refuse too much."""
    rt = runtime()
    wanted, reason = request.args.get("address", "")[:254], request.args.get("reason", "")[:20]
    after = row_named("after")
    with rt.read() as session:
        found = suppressed.page_of(session, wanted, reason, after, SHOWN + 1)
        return render_template(
            "bounces/suppressions.html",
            addresses=found[:SHOWN],
            older=found[SHOWN - 1].id if len(found) > SHOWN else None,
            counted=suppressed.counted(session),
            strangers=suppressed.strangers(session),
            storms=queries.storms(session, 10),
            wanted=wanted,
            reason=reason,
        )


@console.get("/export.csv")
@staff("moderator")
def export() -> ResponseReturnValue:
    """The whole list as a file, however long: no look at the database lasts long."""
    return Response(
        _lines(runtime()),
        content_type=spreadsheets.MEDIA_TYPE,
        headers={"Content-Disposition": 'attachment; filename="suppressions.csv"'},
    )


def _lines(rt: Runtime) -> Iterator[bytes]:
    yield spreadsheets.lines([("address", "reason", "since")])
    for page in suppressed_pages(rt):
        yield spreadsheets.lines(map(as_row, page))


@console.post("/import")
@staff("moderator")
def take() -> ResponseReturnValue:
    """Suppress what was pasted or sent as a file: one address a line."""
    file = request.files.get("file")
    data = file.stream.read(MOST * 100).decode("utf-8", "replace") if file else ""
    lines = [*request.form.get("addresses", "").splitlines(), *data.splitlines()]
    if not any(line.strip() for line in lines):
        flash(t("bounces.import.empty"), "bad")
        return redirect(url_for("suppressions.index"), 303)
    if len(lines) > MOST:
        flash(t("bounces.import.too_many", most=MOST), "bad")
        return redirect(url_for("suppressions.index"), 303)
    with runtime().work(caller().by) as uow:
        result = import_lines(uow, lines)
    done = t(
        "bounces.import.done",
        suppressed=result.suppressed,
        known=result.known,
        strangers=result.strangers,
    )
    flash(done, "good")
    if result.faults:
        numbers = ", ".join(fault.pointer.lstrip("/") for fault in result.faults[:20])
        flash(t("bounces.import.faults", lines=numbers), "bad")
    return redirect(url_for("suppressions.index"), 303)


@console.post("/lift")
@staff("moderator")
def lift_one() -> ResponseReturnValue:
    """Let mail go to an address again."""
    try:
        with runtime().work(caller().by) as uow:
            lift(uow, request.form.get("address", "")[:254])
        flash(t("bounces.lifted"), "good")
    except NotFound:
        flash(t("bounces.not_suppressed"), "bad")
    return redirect(url_for("suppressions.index"), 303)


@console.post("/storms/<int:storm_id>")
@staff("moderator")
def end_storm(storm_id: int) -> ResponseReturnValue:
    """End a storm: what came back counts, or it does not."""
    believed = request.form.get("believed") == "yes"
    try:
        with runtime().work(caller().by) as uow:
            count = actions.end_storm(uow, storm_id, believed=believed)
        flash(
            t("bounces.storm.believed" if believed else "bounces.storm.void", count=count), "good"
        )
    except Conflict:
        flash(t("bounces.storm.over"), "bad")
    return redirect(url_for("suppressions.index"), 303)
