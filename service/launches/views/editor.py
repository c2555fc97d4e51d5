"""Writing a launch plan in the console."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from scheduling import zones
from service.errors import Fault, Invalid, invalid
from service.launches import actions, queries
from service.launches.finding import found_launch
from service.launches.plan import LaunchPlan, Measure, Side
from service.launches.views import editing
from service.pages import queries as pages
from service.publications import queries as publications
from service.publications.freezing import thaw
from service.publications.models import Publication
from service.web.callers import staff
from service.web.context import caller, runtime
from service.web.forms import parse
from service.web.i18n import localised, t

editor = Blueprint(
    "launch_editor", __name__, url_prefix="/console/launch-plans", template_folder="../templates"
)


@editor.get("/new")
@staff("author")
def new() -> ResponseReturnValue:
    """An empty plan, with its presets."""
    return _page("", editing.preset())


@editor.post("/new")
@staff("author")
def create() -> ResponseReturnValue:
    """Make the plan."""
    return _save("")


@editor.get("/<slug>")
@staff("author")
def edit(slug: str) -> ResponseReturnValue:
    """A plan as it is."""
    with runtime().read() as session:
        plan = found_launch(session, slug).plan
    return _page(slug, plan.to_json())


@editor.post("/<slug>")
@staff("author")
def save(slug: str) -> ResponseReturnValue:
    """Make the plan be what was filled in; ticks and tests stay."""
    with runtime().read() as session:
        found_launch(session, slug)
    return _save(slug)


def _save(slug: str) -> ResponseReturnValue:
    asked = request.form.get("zone", "")
    zone = asked if zones.is_zone(asked) else "UTC"
    given = editing.document(request.form, slug, zone)
    try:
        plan = parse(LaunchPlan, given)
        with runtime().work(caller().by) as uow:
            if not slug and queries.by_slug(uow.session, plan.slug):
                raise invalid("/title", "another launch is called so: choose another", "taken")
            actions.apply(uow, plan)
    except Invalid as refusal:
        return _page(slug, given, refusal.faults, zone), 422
    flash(t("launches.edit.saved"), "good")
    return redirect(url_for("launches.show", slug=plan.slug), 303)


def _page(
    slug: str, given: editing.Document, faults: tuple[Fault, ...] = (), zone: str = ""
) -> str:
    with runtime().read() as session:
        chosen = publications.by_public_id(session, str(given.get("publication") or ""))
        clocks = list(dict.fromkeys([each.timezone for each in pages.pages(session)] + ["UTC"]))
        zone = zone or (str(chosen.plan["fallback_zone"]) if chosen else clocks[0])
        return render_template(
            "launches/edit.html",
            slug=slug,
            given=given,
            faults=faults,
            zone=zone,
            zones=list(dict.fromkeys([*clocks, zone])),
            times={
                name: request.form.get(name, "")
                if faults
                else editing.on_clock(zone, given.get(name))
                for name in editing.TIMES
            },
            messages=_messages(session, chosen),
            words_of=editing.words_of,
            spare=editing.SPARE,
            sides=list(Side),
            measures=list(Measure),
        )


def _messages(session: Session, chosen: Publication | None) -> list[tuple[str, str]]:
    """What waits for approval, and what the plan is about already: (id, title)."""
    found = {each.public_id: each for each in publications.held(session)}
    if chosen:
        found[chosen.public_id] = chosen
    return [(key, _title(each)) for key, each in found.items()]


def _title(publication: Publication) -> str:
    texts = thaw(publication.content).texts
    return localised({language: text.title for language, text in texts.items()})
