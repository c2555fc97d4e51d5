"""Launch plans in the console: all of them, and one with its checklist."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.access.queries import actor_names
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Fault, Invalid, NotFound
from service.launches import actions, queries
from service.launches.finding import found_launch
from service.launches.models import Launch
from service.launches.reporting import report
from service.launches.standing import standing
from service.launches.views.schemas import SeedIn, WordIn
from service.publications.freezing import thaw
from service.publications.models import PublicationState
from service.publications.plans import Plan
from service.rollouts.outlook import outlook
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t

console = Blueprint(
    "launches", __name__, url_prefix="/console/launches", template_folder="../templates"
)
add_navigation(console, NavItem("launches.index", "launches.title", "viewer", 22))

_STEPS: dict[str, Callable[[UnitOfWork, str, str, str], Launch]] = {
    "done": actions.tick,
    "waive": actions.waive,
    "reopen": actions.reopen,
}


@console.get("", strict_slashes=False)
@staff("viewer")
def index() -> ResponseReturnValue:
    """All launch plans."""
    with runtime().read() as session:
        found = [standing(session, each) for each in queries.launches(session)]
        return render_template("launches/index.html", launches=found)


@console.get("/<slug>")
@staff("viewer")
def show(slug: str) -> ResponseReturnValue:
    """One launch: checklist, parties, risks, report."""
    return _page(slug)


@console.post("/<slug>/checks/<key>")
@staff("author")
def mark(slug: str, key: str) -> ResponseReturnValue:
    """Tick, waive or reopen a check."""
    step = request.form.get("step", "")
    if step not in _STEPS:
        raise NotFound(f"a check can be made {', '.join(_STEPS)}")
    try:
        wish = parse_form(WordIn, request.form)
        with runtime().work(caller().by) as uow:
            _STEPS[step](uow, slug, key, wish.comment)
    except Invalid as refusal:
        return _page(slug, refusal.faults, key), 422
    except Conflict as refusal:
        flash(t(f"launches.conflict.{refusal.code}"), "bad")
    return redirect(f"{url_for('launches.show', slug=slug)}#check-{key}", 303)


@console.post("/<slug>/tests")
@staff("author")
def send_tests(slug: str) -> ResponseReturnValue:
    """Send the tests that are missing."""
    rt = runtime()
    try:
        with rt.work(caller().by) as uow:
            sent = actions.send_tests(uow, rt.channels, slug)
        flash(t("launches.sent", count=sent), "good")
    except Conflict as refusal:
        flash(t(f"launches.conflict.{refusal.code}"), "bad")
    except Invalid as refusal:
        return _page(slug, refusal.faults), 422
    return redirect(f"{url_for('launches.show', slug=slug)}#tests", 303)


@console.post("/<slug>/tests/acknowledge")
@staff("author")
def acknowledge(slug: str) -> ResponseReturnValue:
    """Note that a test was seen."""
    wish = parse_form(SeedIn, request.form)
    with runtime().work(caller().by) as uow:
        actions.acknowledge(uow, slug, wish.address)
    return redirect(f"{url_for('launches.show', slug=slug)}#tests", 303)


@console.post("/<slug>/trouble")
@staff("author")
def trouble(slug: str) -> ResponseReturnValue:
    """Note that something is wrong, so that parties on standby are told."""
    try:
        wish = parse_form(WordIn, request.form)
        with runtime().work(caller().by) as uow:
            actions.declare_trouble(uow, slug, wish.comment)
    except Invalid as refusal:
        return _page(slug, refusal.faults, "trouble"), 422
    flash(t("launches.trouble.done"), "good")
    return redirect(f"{url_for('launches.show', slug=slug)}#parties", 303)


def _page(slug: str, faults: tuple[Fault, ...] = (), key: str = "") -> str:
    rt = runtime()
    with rt.read() as session:
        seen = found_launch(session, slug)
        about, told = seen.publication, report(session, seen)
        message = thaw(about.content) if about else None
        marks = [each.mark for each in seen.items if each.mark]
        acting = {*(each.by for each in marks), *(each.by for each in told.trouble)}
        return render_template(
            "launches/show.html",
            seen=seen,
            zone=str(about.plan["fallback_zone"]) if about else "UTC",
            message=message,
            titles={code: text.title for code, text in message.texts.items()} if message else {},
            leaving=Plan.model_validate(about.plan) if about else None,
            audience=outlook(session, rt.channels, about, rt.clock())
            if about and about.state is PublicationState.HELD
            else None,
            report=told,
            names=actor_names(session, acting),
            faults=faults,
            wrong=key,
            comment=request.form.get("comment", ""),
        )
