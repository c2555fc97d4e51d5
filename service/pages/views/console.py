"""Pages in the console: a guided beginning, then everything that stands on them."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from scheduling import zones
from service.access.queries import actor_names
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Fault, Invalid, NotFound, invalid
from service.pages import editing, queries
from service.pages import queries_log as log
from service.pages.actions import correct, set_state
from service.pages.models import Component, Page, Section, State
from service.pages.places import address_of
from service.pages.states import BASELINE, worst
from service.pages.views.api import found_page, named
from service.pages.views.forms import (
    ComponentForm,
    PageForm,
    SectionForm,
)
from service.pages.views.moments import CorrectionForm, StateForm
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t

console = Blueprint("pages", __name__, url_prefix="/console/pages", template_folder="../templates")
add_navigation(console, NavItem("pages.index", "pages.title", "author", 40))


@console.get("", strict_slashes=False)
@staff("author")
def index() -> ResponseReturnValue:
    """Every page, and a form for one more: the first on an empty installation."""
    return _index()


@console.post("", strict_slashes=False)
@staff("admin")
def add() -> ResponseReturnValue:
    """Create a page."""
    try:
        wish = parse_form(PageForm, request.form)
        with runtime().work(caller().by) as uow:
            editing.add_page(uow, wish.wish(wish.slug))
    except Invalid as refusal:
        return _index(refusal.faults), 422
    flash(t("pages.created"), "good")
    return redirect(url_for("pages.show", slug=wish.slug), 303)


@console.post("/order")
@staff("admin")
def order() -> ResponseReturnValue:
    """Move a page one place up or down."""
    with runtime().work(caller().by) as uow:
        slugs = [each.slug for each in queries.pages(uow.session)]
        editing.order_pages(uow, moved(slugs))
    return redirect(url_for("pages.index"), 303)


@console.get("/<slug>")
@staff("author")
def show(slug: str) -> ResponseReturnValue:
    """One page with its sections and services."""
    return _page(slug)


@console.get("/<slug>/settings")
@staff("admin")
def settings(slug: str) -> ResponseReturnValue:
    """What a page is called, how it speaks, and its end."""
    return _settings(slug)


@console.post("/<slug>")
@staff("admin")
def save(slug: str) -> ResponseReturnValue:
    """Change what a page is called and how it speaks."""
    form = request.form.copy()
    form["slug"] = slug
    try:
        with runtime().work(caller().by) as uow:
            editing.save_page(uow, parse_form(PageForm, form).wish(slug))
    except Invalid as refusal:
        return _settings(slug, refusal.faults), 422
    except Conflict as conflict:
        return _settings(slug, [Fault("/slug", conflict.detail, conflict.code)]), 409
    flash(t("pages.changed"), "good")
    return redirect(url_for("pages.show", slug=slug), 303)


@console.post("/<slug>/retired")
@staff("admin")
def retire(slug: str) -> ResponseReturnValue:
    """Take a page out of use."""
    with runtime().work(caller().by) as uow:
        editing.retire_page(uow, slug)
    flash(t("pages.retired"), "good")
    return redirect(url_for("pages.index"), 303)


@console.post("/<slug>/sections")
@staff("admin")
def save_section(slug: str) -> ResponseReturnValue:
    """Create, change, move or retire a section."""

    def change(uow: UnitOfWork) -> None:
        if "move" in request.form:
            there = queries.sections(uow.session, _found(uow.session, slug).id)
            editing.order_sections(uow, slug, moved([each.slug for each in there]))
        elif "retire" in request.form:
            editing.retire_section(uow, slug, request.form.get("slug", ""))
        else:
            there = queries.sections(uow.session, _found(uow.session, slug).id)
            _refuse_taken(there)
            wish = parse_form(SectionForm, request.form)
            editing.save_section(uow, slug, wish.wish(wish.slug))

    return _changed(slug, change, form="section")


@console.post("/<slug>/components")
@staff("admin")
def save_component(slug: str) -> ResponseReturnValue:
    """Create, change, move or retire a service."""

    def change(uow: UnitOfWork) -> None:
        name = request.form.get("slug", "")
        if "move" in request.form:
            _move_component(uow, slug, name)
        elif "retire" in request.form:
            editing.retire_component(uow, slug, name)
        else:
            there = queries.components(uow.session, _found(uow.session, slug).id)
            _refuse_taken(there)
            wish = parse_form(ComponentForm, request.form)
            editing.save_component(uow, slug, wish.wish(wish.slug))

    if "new" in request.form or "move" in request.form or "retire" in request.form:
        return _changed(slug, change, form="component")
    return _component_changed(slug, request.form.get("slug", ""), change)


@console.get("/<slug>/components/<component>")
@staff("author")
def show_component(slug: str, component: str) -> ResponseReturnValue:
    """One service: its state and why, its words, its log, its corrections."""
    return _component(slug, component)


@console.post("/<slug>/components/<component>/state")
@staff("author")
def say_state(slug: str, component: str) -> ResponseReturnValue:
    """Say what state a service is in, with a comment."""

    def change(uow: UnitOfWork) -> object:
        wish = parse_form(StateForm, request.form)
        found = named(uow.session, slug, component)
        return set_state(uow, found.id, BASELINE, wish.state, wish.comment)

    return _component_changed(slug, component, change)


@console.post("/<slug>/components/<component>/corrections")
@staff("moderator")
def add_correction(slug: str, component: str) -> ResponseReturnValue:
    """Say what a service's state really was."""

    def change(uow: UnitOfWork) -> object:
        page = _found(uow.session, slug)
        wish = parse_form(CorrectionForm, request.form).wish(page.timezone)
        return correct(uow, named(uow.session, slug, component).id, wish)

    return _component_changed(slug, component, change)


def moved(slugs: Sequence[str]) -> list[str]:
    """Return *slugs* with the one the form names one place up or down."""
    order, name = list(slugs), request.form.get("slug", "")
    if name not in order:
        raise NotFound(f"there is no {name}")
    place = order.index(name)
    there = place + (-1 if request.form.get("move") == "up" else 1)
    if 0 <= there < len(order):
        order[place], order[there] = order[there], order[place]
    return order


def _refuse_taken(there: Sequence[Section] | Sequence[Component]) -> None:
    """Raise `Invalid` where something new has the name of something that is there."""
    if "new" in request.form and request.form.get("slug") in {each.slug for each in there}:
        raise invalid("/slug", "this page has something of this name already", "taken")


def _move_component(uow: UnitOfWork, slug: str, name: str) -> None:
    # One place inside its own section; the order is that of the whole page.
    there = queries.components(uow.session, _found(uow.session, slug).id)
    mine = named(uow.session, slug, name)
    siblings = [each.slug for each in there if each.section_id == mine.section_id]
    fresh = iter(moved(siblings))
    order = [next(fresh) if it.section_id == mine.section_id else it.slug for it in there]
    editing.order_components(uow, slug, order)


def _changed(slug: str, change: Callable[[UnitOfWork], object], form: str) -> ResponseReturnValue:
    try:
        with runtime().work(caller().by) as uow:
            change(uow)
    except Invalid as refusal:
        return _page(slug, refusal.faults, form), 422
    except Conflict as conflict:
        return _page(slug, [Fault("/slug", conflict.detail, conflict.code)], form), 409
    flash(t("pages.changed"), "good")
    return redirect(url_for("pages.show", slug=slug), 303)


def _component_changed(
    slug: str, component: str, change: Callable[[UnitOfWork], object]
) -> ResponseReturnValue:
    try:
        with runtime().work(caller().by) as uow:
            change(uow)
    except Invalid as refusal:
        return _component(slug, component, refusal.faults), 422
    flash(t("pages.changed"), "good")
    return redirect(url_for("pages.show_component", slug=slug, component=component), 303)


def _index(faults: Sequence[Fault] = ()) -> str:
    with runtime().read() as session:
        states = queries.states_by_page(session)
        return render_template(
            "pages/index.html",
            pages=[
                (each, worst(states.get(each.id, {}).values()), len(states.get(each.id, {})))
                for each in queries.pages(session)
            ],
            faults=faults,
            form=request.form,
            zones=sorted(zones.NAMES),
        )


def _page(slug: str, faults: Sequence[Fault] = (), form: str = "") -> str:
    with runtime().read() as session:
        page = _found(session, slug)
        components = queries.components(session, page.id)
        return render_template(
            "pages/show.html",
            page_row=page,
            address_there=address_of(runtime().settings, page),
            groups=[
                (section, [each for each in components if each.section_id == section.id])
                for section in queries.sections(session, page.id)
            ],
            states=queries.effective_states(session, page.id),
            faults=faults,
            wrong=form,
            form=request.form,
        )


def _settings(slug: str, faults: Sequence[Fault] = ()) -> str:
    with runtime().read() as session:
        return render_template(
            "pages/settings.html",
            page_row=_found(session, slug),
            faults=faults,
            form=request.form,
            zones=sorted(zones.NAMES),
        )


def _component(slug: str, component: str, faults: Sequence[Fault] = ()) -> str:
    with runtime().read() as session:
        page = _found(session, slug)
        found = named(session, slug, component)
        said, corrections = log.log_of(session, found.id), log.corrections_of(session, found.id)
        shown: dict[str, Any] = {
            "page_row": page,
            "component": found,
            "state": queries.effective_states(session, page.id)[found.id],
            "baseline": queries.last_word(session, found.id, BASELINE),
            "sections": queries.sections(session, page.id),
            "log": said,
            "corrections": corrections,
            "authors": actor_names(
                session, {each.by for each in said} | {each.by for each in corrections}
            ),
        }
        return render_template(
            "pages/component.html",
            **shown,
            faults=faults,
            form=request.form,
            choices=list(State),
        )


def _found(session: Session, slug: str) -> Page:
    return found_page(queries.page_by_slug(session, slug), slug)
