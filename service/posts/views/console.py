"""Lists in the console: what they are, who looks after them, and what is written to them."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Fault, Invalid, NotFound
from service.lists import editing
from service.lists import queries as lists
from service.lists.models import MailingList
from service.lists.schemas import ListIn, NewListIn
from service.moderation import queries_duties as duties
from service.moderation import queries_senders as senders
from service.moderation.shelves import named
from service.pages import queries as pages
from service.posts import queries
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t

console = Blueprint("lists", __name__, url_prefix="/console/lists", template_folder="../templates")
add_navigation(console, NavItem("lists.index", "posts.lists.title", "viewer", 35))

_BOXES = ("is_open", "is_proposed", "has_archive")


@console.get("", strict_slashes=False)
@staff("viewer")
def index() -> ResponseReturnValue:
    """Every list, and a form for one more."""
    return _index()


@console.post("", strict_slashes=False)
@staff("admin")
def add() -> ResponseReturnValue:
    """Make a list."""
    try:
        wish = parse_form(NewListIn, _filled())
        with runtime().work(caller().by) as uow:
            editing.add_list(uow, wish.slug, wish.wish())
    except Invalid as refusal:
        return _index(refusal.faults), 422
    except Conflict as conflict:
        return _index((Fault("/slug", conflict.detail, conflict.code),)), 409
    flash(t("posts.lists.created"), "good")
    return redirect(url_for("lists.show", slug=wish.slug), 303)


@console.get("/<slug:slug>")
@staff("viewer")
def show(slug: str) -> ResponseReturnValue:
    """One list with its newest messages."""
    return _page(slug)


@console.post("/<slug:slug>")
@staff("admin")
def change(slug: str) -> ResponseReturnValue:
    """Describe it anew."""
    return _changed(
        slug, lambda uow: editing.change_list(uow, slug, parse_form(ListIn, _filled()).wish())
    )


@console.post("/<slug:slug>/retired")
@staff("admin")
def retire(slug: str) -> ResponseReturnValue:
    """Take it out of use, or back into it."""
    step = editing.restore_list if "restore" in request.form else editing.retire_list
    return _changed(slug, lambda uow: step(uow, slug))


def _filled() -> MultiDict[str, str]:
    # A box that is not ticked is not sent: here, that means no.
    form = request.form.copy()
    for box in _BOXES:
        form.setdefault(box, "false")
    form.poplist("csrf_token")
    return form


def _changed(slug: str, act: Callable[[UnitOfWork], object]) -> ResponseReturnValue:
    try:
        with runtime().work(caller().by) as uow:
            act(uow)
    except Invalid as refusal:
        return _page(slug, refusal.faults), 422
    flash(t("posts.lists.saved"), "good")
    return redirect(url_for("lists.show", slug=slug), 303)


def _index(faults: tuple[Fault, ...] = ()) -> str:
    with runtime().read() as session:
        return render_template(
            "posts/lists.html",
            lists=lists.every_list(session),
            members=queries.members(session),
            pages=pages.pages(session),
            faults=faults,
            form=request.form,
        )


def _page(slug: str, faults: tuple[Fault, ...] = ()) -> str:
    rt = runtime()
    with rt.read() as session:
        found = found_list(session, slug)
        target = f"list:{found.id}"
        posting = [
            (sender, rule)
            for sender in senders.every_sender(session)
            for rule in senders.rules_of(session, [sender.id])
            if rule.target == target
        ]
        return render_template(
            "posts/list.html",
            list=found,
            members=queries.members(session).get(found.id, 0),
            messages=named(session, queries.newest(session, found.id), {}, rt.clock()),
            duties=[each for each in duties.duties(session) if each[0].target == target],
            senders=posting,
            pages=pages.pages(session),
            faults=faults,
            form=request.form,
            host=rt.settings.mail_host,
        )


def found_list(session: Session, slug: str) -> MailingList:
    """Return the list called *slug*, in use or not; raises `NotFound`."""
    found = lists.any_list(session, slug)
    if found is None:
        raise NotFound(f"there is no list {slug}")
    return found
