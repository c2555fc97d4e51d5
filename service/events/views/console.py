"""Events in the console: what runs, a form to write with, a look before it is handed in."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from scheduling import zones
from service.access.queries import actor_names
from service.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from service.events import actions, queries, recurring
from service.events import queries_handbook as handbook
from service.events import queries_keeping as keeping
from service.events.filling import filled
from service.events.models import Category, Event, EventStage
from service.events.proposing import Proposal
from service.events.stages import ENDS, SAYS, STAGES, may_follow
from service.events.story import Story, tell
from service.events.views.forms import read_event, read_update
from service.lists import queries as lists
from service.moderation.preview import letters
from service.pages import queries as pages
from service.pages.models import Component, Page
from service.publications.models import PublicationState
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, runtime
from service.web.i18n import localised, t

MOST = 60
#: What a form offers; anything else is written as a rule.
REPEATS = {
    "daily": "FREQ=DAILY",
    "weekly": "FREQ=WEEKLY",
    "fortnightly": "FREQ=WEEKLY;INTERVAL=2",
    "monthly": "FREQ=MONTHLY",
}

console = Blueprint(
    "events", __name__, url_prefix="/console/events", template_folder="../templates"
)
add_navigation(console, NavItem("events.index", "events.title", "viewer", 15))


@console.get("", strict_slashes=False)
@staff("viewer")
def index() -> ResponseReturnValue:
    """What runs, what is planned, what was, on every page."""
    with runtime().read() as session:
        rows = []
        for event in queries.newest(session, None, MOST):
            story = tell(queries.chapters(session, event.id))
            rows.append((event, story, session.get_one(Page, event.page_id)))
        live = [row for row in rows if row[1].stage and row[1].stage not in ENDS]
        over = [row for row in rows if row not in live]
        return render_template(
            "events/index.html", live=live, over=over, pages=pages.pages(session)
        )


@console.get("/new/<slug:page>/<category>")
@staff("author")
def write(page: str, category: str) -> ResponseReturnValue:
    """An empty form for an event of this category."""
    return _write(page, category, MultiDict(request.args))


@console.post("/new/<slug:page>/<category>")
@staff("author")
def open_event(page: str, category: str) -> ResponseReturnValue:
    """Fill in a template, show what would come of it, or hand it in."""
    rt = runtime()
    form = request.form.copy()
    form.setlist("page", [page])
    form.setlist("category", [category])
    if "fill" in form:
        return _write(page, category, from_template(page, form))
    try:
        with rt.work(caller().by) as uow:
            wish = read_event(found_page(uow.session, page), form)
            if "preview" in form:
                proposal = actions.try_event(uow.session, rt.settings, uow.now, wish)
                return _write(page, category, form, proposal=proposal)
            held = actions.open_event(uow, rt.settings, wish)
    except Invalid as refusal:
        return _write(page, category, form, refusal.faults), 422
    except Forbidden as refusal:
        return _write(page, category, form, [Fault("", refusal.detail, refusal.code)]), 403
    return handed_in(held)


@console.get("/<event_id>")
@staff("viewer")
def show(event_id: str) -> ResponseReturnValue:
    """One event with everything that was said, and a form for another word."""
    return _show(event_id, MultiDict())


@console.post("/<event_id>")
@staff("author")
def update(event_id: str) -> ResponseReturnValue:
    """Fill in a template, show what would come of it, or hand it in."""
    rt, form = runtime(), request.form.copy()
    with rt.read() as session:
        event = _event(session, event_id)
        page = session.get_one(Page, event.page_id)
        session.expunge_all()
    if "fill" in form:
        form.setlist("category", [event.category])
        return _show(event_id, from_template(page.slug, form))
    try:
        with rt.work(caller().by) as uow:
            wish = read_update(page, form)
            if "preview" in form:
                there = _event(uow.session, event_id)
                proposal = actions.try_update(uow.session, rt.settings, uow.now, there, wish)
                return _show(event_id, form, proposal=proposal)
            held = actions.update_event(uow, rt.settings, event_id, wish)
    except Invalid as refusal:
        return _show(event_id, form, refusal.faults), 422
    except (Conflict, Forbidden) as refusal:
        return _show(event_id, form, [Fault("/stage", refusal.detail, refusal.code)]), 409
    return handed_in(held)


@console.post("/<event_id>/end-series")
@staff("author")
def end_series(event_id: str) -> ResponseReturnValue:
    """Let a maintenance come back no more."""
    with runtime().work(caller().by) as uow:
        recurring.end_series(uow, event_id)
    flash(t("events.series_ended"), "good")
    return redirect(url_for("events.show", event_id=event_id), 303)


def handed_in(held: actions.Held) -> ResponseReturnValue:
    """Say what became of it, and lead to where it is decided."""
    approved = held.publication.state is PublicationState.APPROVED
    flash(t("events.left" if approved else "events.held"), "good")
    where = url_for("moderation.show", publication_id=held.publication.public_id)
    return redirect(where, 303)


def _write(
    page: str,
    category: str,
    form: MultiDict[str, str],
    faults: Sequence[Fault] = (),
    proposal: Proposal | None = None,
) -> str:
    if category not in set(Category):
        raise NotFound(f"there is no category {category}; there are {', '.join(Category)}")
    kind = Category(category)
    with runtime().read() as session:
        found = found_page(session, page)
        return render_template(
            "events/write.html",
            **desk(session, found, kind, form, faults, proposal),
            lists=lists.lists(session),
            stages=[each for each in STAGES[kind] if each is not EventStage.RETRACTED],
            event=None,
        )


def _show(
    event_id: str,
    form: MultiDict[str, str],
    faults: Sequence[Fault] = (),
    proposal: Proposal | None = None,
) -> str:
    with runtime().read() as session:
        event = _event(session, event_id)
        page = session.get_one(Page, event.page_id)
        told = queries.chapters(session, event.id)
        story = tell(told)
        now = story.stage or STAGES[event.category][0]
        return render_template(
            "events/show.html",
            **desk(session, page, event.category, form, faults, proposal, story),
            event=event,
            done=keeping.done(session, event),
            story=story,
            told=list(reversed(told)),
            names=queries.component_names(session, queries.components_of(session, event.id)),
            authors=actor_names(session, {each.update.created_by for each in told}),
            stages=[
                each for each in STAGES[event.category] if may_follow(event.category, now, each)
            ],
        )


def desk(
    session: Session,
    page: Page,
    category: Category,
    form: MultiDict[str, str],
    faults: Sequence[Fault],
    proposal: Proposal | None,
    story: Story | None = None,
) -> dict[str, Any]:
    """Return what a form about an event needs: services, templates, what was agreed on."""
    states = story.states if story else {}
    components = pages.components(session, page.id)
    return {
        "page_row": page,
        "category": category,
        "form": form,
        "faults": faults,
        "groups": [
            (section, [each for each in components if each.section_id == section.id])
            for section in pages.sections(session, page.id)
        ],
        "given": {each.slug: states.get(each.id) for each in components},
        "says": SAYS[category],
        "templates": [it for it in handbook.templates(session) if it.category is category],
        "handbook": handbook.of_page(session, page.id),
        "duties": handbook.duties(session, page.id),
        "outlets": handbook.outlets(session, page.id),
        "repeats": REPEATS,
        "proposal": proposal,
        "letters": letters(runtime().channels, proposal.draft.message, page.timezone)
        if proposal
        else {},
        "now": zones.wall_clock(page.timezone, runtime().clock()),
    }


def from_template(page: str, form: MultiDict[str, str]) -> MultiDict[str, str]:
    """Return *form* with the words of the template it chose, its known fields filled in."""
    with runtime().read() as session:
        found = handbook.template(session, form.get("template", ""))
        if found is None:
            return form
        row = found_page(session, page)
        there = {each.slug: each for each in pages.components(session, row.id)}
        touched = [
            there[key.removeprefix("state.")]
            for key, value in form.items()
            if key.startswith("state.") and value and key.removeprefix("state.") in there
        ]
        form = form.copy()
        form["stage"] = found.stage
        for name, words in (("title", found.title), ("body", found.body)):
            for language, text in words.items():
                form[f"{name}.{language}"] = filled(text, _known(row, touched, language))
        return form


def _known(page: Page, touched: Sequence[Component], language: str) -> dict[str, str]:
    """The fields of a template that need nobody: services and impact once they are chosen."""
    known = {"page": localised(page.name, language)}
    if touched:
        known["services"] = ", ".join(localised(it.name, language) for it in touched)
        known["impact"] = "\n".join(
            f"- {localised(it.name, language)} : {localised(it.impact, language)}"
            for it in touched
            if localised(it.impact, language)
        )
    return known


def _event(session: Session, event_id: str) -> Event:
    event = queries.by_public_id(session, event_id)
    if event is None:
        raise NotFound(f"there is no event {event_id}")
    return event


def found_page(session: Session, slug: str) -> Page:
    """Return a page by its name; raises `NotFound`."""
    page = pages.page_by_slug(session, slug)
    if page is None:
        raise NotFound(f"there is no page {slug}")
    return page
