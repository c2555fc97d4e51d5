"""What a page's staff agreed on, edited in the console; templates of messages."""

from collections.abc import Callable, Sequence
from typing import Annotated

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from service.access import queries as access
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Fault, Invalid, NotFound
from service.events import handbook
from service.events import queries_handbook as queries
from service.events.models import Category, EventStage
from service.events.stages import STAGES
from service.pages import queries as pages
from service.pages.models import Page
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t
from service.web.parsing import Line, LocalisedLine, LocalisedNote, LocalisedProse, Prose

console = Blueprint(
    "handbook", __name__, url_prefix="/console/handbook", template_folder="../templates"
)
add_navigation(console, NavItem("handbook.index", "events.handbook.title", "author", 45))

_Note = Annotated[str, Prose(4000, least=0)]


class HandbookForm(BaseModel):
    """Criteria, values and where the public gets help."""

    model_config = ConfigDict(extra="ignore")

    criteria: LocalisedNote = Field({})
    principles: LocalisedNote = Field({})
    help: LocalisedNote = Field({})


class DutyForm(BaseModel):
    """A role."""

    model_config = ConfigDict(extra="ignore")

    name: Annotated[str, Line(120)]
    tasks: _Note = ""
    staff_id: int = 0


class OutletForm(BaseModel):
    """A way to inform."""

    model_config = ConfigDict(extra="ignore")

    name: LocalisedLine
    purpose: LocalisedNote = Field({})
    url: Annotated[str, Line(500, least=0), Field(pattern=r"^(https?://|mailto:).+|^$")] = ""
    incidents: _Note = ""
    service: _Note = ""
    access: _Note = ""
    is_public: bool = False


class TemplateForm(BaseModel):
    """Words for a stage of a category."""

    model_config = ConfigDict(extra="ignore")

    category: Category
    stage: EventStage
    name: Annotated[str, Line(80)]
    title: LocalisedLine
    body: LocalisedProse


@console.get("", strict_slashes=False)
@staff("author")
def index() -> ResponseReturnValue:
    """Every page's handbook, and every template."""
    return _index()


@console.get("/<slug:page>")
@staff("author")
def show(page: str) -> ResponseReturnValue:
    """What is an incident here, who does what, how one informs."""
    return _show(page)


@console.post("/<slug:page>")
@staff("moderator")
def save(page: str) -> ResponseReturnValue:
    """Write criteria, values and help anew."""

    def change(uow: UnitOfWork, row: Page) -> object:
        wish = parse_form(HandbookForm, request.form)
        return handbook.save_handbook(
            uow, row, handbook.HandbookWish(wish.criteria, wish.principles, wish.help)
        )

    return _changed(page, "handbook", change)


@console.post("/<slug:page>/roles")
@staff("moderator")
def save_role(page: str) -> ResponseReturnValue:
    """Create, change or drop a role; whoever it names is told."""

    def keep(uow: UnitOfWork, row: Page, which: str) -> object:
        wish = parse_form(DutyForm, request.form)
        return handbook.save_duty(
            uow, row, which, handbook.DutyWish(wish.name, wish.tasks, wish.staff_id)
        )

    return _changed(page, "role", _kept_or_dropped(keep, handbook.drop_duty))


@console.post("/<slug:page>/outlets")
@staff("moderator")
def save_outlet(page: str) -> ResponseReturnValue:
    """Create, change or drop a way to inform."""

    def keep(uow: UnitOfWork, row: Page, which: str) -> object:
        wish = parse_form(OutletForm, request.form)
        return handbook.save_outlet(uow, row, which, handbook.OutletWish(**wish.model_dump()))

    return _changed(page, "outlet", _kept_or_dropped(keep, handbook.drop_outlet))


@console.post("/-/templates")
@staff("moderator")
def save_template() -> ResponseReturnValue:
    """Create, change or drop a template."""
    try:
        with runtime().work(caller().by) as uow:
            which = request.form.get("id", "")
            if "drop" in request.form:
                handbook.drop_template(uow, which)
            else:
                wish = parse_form(TemplateForm, request.form)
                handbook.save_template(uow, which, handbook.TemplateWish(**wish.model_dump()))
    except Invalid as refusal:
        return _index(refusal.faults), 422
    except Conflict as conflict:
        return _index([Fault("/name", conflict.detail, conflict.code)]), 409
    flash(t("events.handbook.saved"), "good")
    return redirect(url_for("handbook.index"), 303)


Entry = Callable[[UnitOfWork, Page, str], object]  # which: its public id, "" for a new one


def _kept_or_dropped(keep: Entry, drop: Entry) -> Callable[[UnitOfWork, Page], object]:
    """What a form with two buttons does to the entry that it names."""
    act = drop if "drop" in request.form else keep
    return lambda uow, row: act(uow, row, request.form.get("id", ""))


def _changed(
    slug: str, form: str, change: Callable[[UnitOfWork, Page], object]
) -> ResponseReturnValue:
    try:
        with runtime().work(caller().by) as uow:
            change(uow, _page(uow.session, slug))
    except Invalid as refusal:
        return _show(slug, refusal.faults, form), 422
    flash(t("events.handbook.saved"), "good")
    return redirect(url_for("handbook.show", page=slug), 303)


def _index(faults: Sequence[Fault] = ()) -> str:
    with runtime().read() as session:
        return render_template(
            "events/templates.html",
            pages=pages.pages(session),
            templates=queries.templates(session),
            stages=STAGES,
            faults=faults,
            form=request.form,
        )


def _show(slug: str, faults: Sequence[Fault] = (), wrong: str = "") -> str:
    with runtime().read() as session:
        page = _page(session, slug)
        people = [each for each in access.all_staff(session) if not each.disabled_at]
        return render_template(
            "events/handbook.html",
            page_row=page,
            handbook=queries.of_page(session, page.id),
            duties=queries.duties(session, page.id),
            outlets=queries.outlets(session, page.id),
            people=people,
            names={each.id: each.name for each in people},
            faults=faults,
            wrong=wrong,
            form=request.form,
        )


def _page(session: Session, slug: str) -> Page:
    page = pages.page_by_slug(session, slug)
    if page is None:
        raise NotFound(f"there is no page {slug}")
    return page
