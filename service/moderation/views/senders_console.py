"""Senders in the console: who may submit, what becomes of it, and whom one trusts."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Fault, Invalid, NotFound
from service.lists import queries as lists
from service.moderation import queries_senders as queries
from service.moderation import senders
from service.moderation.models import Stance
from service.moderation.views.sender_schemas import RuleIn, SenderIn, StanceIn
from service.moderation.views.senders_shown import shown
from service.pages import queries as pages
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t

console = Blueprint(
    "senders", __name__, url_prefix="/console/senders", template_folder="../templates"
)
add_navigation(console, NavItem("senders.index", "moderation.senders.title", "moderator", 60))


@console.get("", strict_slashes=False)
@staff("moderator")
def index() -> ResponseReturnValue:
    """Every sender, and a form for one more."""
    return _index()


@console.post("", strict_slashes=False)
@staff("admin")
def add() -> ResponseReturnValue:
    """Name a sender."""
    try:
        wish = parse_form(SenderIn, request.form).wish()
        with runtime().work(caller().by) as uow:
            sender = senders.add_sender(uow, wish)
            where = sender.public_id
    except Invalid as refusal:
        return _index(refusal.faults), 422
    except Conflict as conflict:
        return _index((Fault("/name", conflict.detail, conflict.code),)), 409
    flash(t("moderation.senders.added"), "good")
    return redirect(url_for("senders.show", sender_id=where), 303)


@console.get("/<sender_id>")
@staff("moderator")
def show(sender_id: str) -> ResponseReturnValue:
    """One sender with its rules."""
    return _page(sender_id)


@console.post("/<sender_id>/stance")
@staff("admin")
def set_stance(sender_id: str) -> ResponseReturnValue:
    """Change what no rule speaks of."""
    return _changed(
        sender_id,
        lambda uow: senders.set_stance(uow, sender_id, parse_form(StanceIn, request.form).stance),
    )


@console.post("/<sender_id>/rules")
@staff("admin")
def set_rule(sender_id: str) -> ResponseReturnValue:
    """Make an exception or take one back."""

    def change(uow: UnitOfWork) -> object:
        wished = parse_form(RuleIn, request.form)
        if "drop" in request.form:
            return senders.drop_rule(uow, sender_id, wished.wish())
        return senders.set_rule(uow, sender_id, wished.wish(wished.stance))

    return _changed(sender_id, change)


@console.post("/<sender_id>/secret")
@staff("admin")
def new_secret(sender_id: str) -> ResponseReturnValue:
    """Show a new secret address, once."""
    with runtime().work(caller().by) as uow:
        secret = senders.new_secret(uow, sender_id)
    return _page(sender_id, secret=secret)


@console.post("/<sender_id>/retired")
@staff("admin")
def retire(sender_id: str) -> ResponseReturnValue:
    """Take nothing more from it, or take it back into use."""
    step = senders.restore if "restore" in request.form else senders.retire
    return _changed(sender_id, lambda uow: step(uow, sender_id))


def _changed(sender_id: str, change: Callable[[UnitOfWork], object]) -> ResponseReturnValue:
    try:
        with runtime().work(caller().by) as uow:
            change(uow)
    except Invalid as refusal:
        return _page(sender_id, refusal.faults), 422
    flash(t("moderation.senders.changed"), "good")
    return redirect(url_for("senders.show", sender_id=sender_id), 303)


def _index(faults: tuple[Fault, ...] = ()) -> str:
    with runtime().read() as session:
        return render_template(
            "moderation/senders.html",
            senders=shown(session, queries.every_sender(session)),
            keys=queries.keys_without_sender(session),
            faults=faults,
            form=request.form,
            stances=list(Stance),
        )


def _page(sender_id: str, faults: tuple[Fault, ...] = (), secret: str = "") -> str:
    with runtime().read() as session:
        sender = queries.sender_named(session, sender_id)
        if sender is None:
            raise NotFound(f"there is no sender {sender_id}")
        return render_template(
            "moderation/sender.html",
            sender=shown(session, [sender])[0],
            has_secret=sender.secret is not None,
            secret=secret,
            host=runtime().settings.mail_host,
            pages=pages.pages(session),
            lists=lists.lists(session),
            faults=faults,
            form=request.form,
            stances=list(Stance),
            categories=senders.CATEGORIES,
        )
