"""The console's page of subscribers: find them, see consents and history, assign; never consent."""

from typing import Annotated

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict

from service.signup import queries
from service.signup.actions.telling import of_subscriber
from service.subscribers.assigning import Assignment, assign
from service.subscribers.finding import search
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, runtime
from service.web.forms import parse
from service.web.i18n import t
from service.web.parsing import Line, Unclean, clean

people = Blueprint(
    "subscribers", __name__, url_prefix="/console/subscribers", template_folder="../templates"
)
add_navigation(people, NavItem("subscribers.index", "signup.people.title", "moderator", 50))

Word = Annotated[str, Line(120, least=0)]


class Form(BaseModel):
    """Where somebody belongs."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    region: Word = ""
    group: Word = ""
    client: Word = ""
    party: Word = ""
    external_ref: Word = ""


@people.get("", strict_slashes=False)
@staff("moderator")
def index() -> ResponseReturnValue:
    """Find somebody by address, part of it, reference, or hash."""
    try:
        wanted = clean(request.args.get("q", ""), 254)
    except Unclean:
        wanted = ""
    with runtime().read() as session:
        found = search(session, wanted)
    return render_template("signup/people.html", wanted=wanted, found=found)


@people.get("/<int:number>")
@staff("moderator")
def show(number: int) -> ResponseReturnValue:
    """All there is about somebody, and what was done about them."""
    rt = runtime()
    with rt.read() as session:
        told = of_subscriber(session, number, rt.clock())
        history = queries.history(session, number)
    return render_template("signup/person.html", told=told, number=number, history=history)


@people.post("/<int:number>")
@staff("moderator")
def change(number: int) -> ResponseReturnValue:
    """Assign them."""
    wish = parse(Form, request.form.to_dict())
    with runtime().work(caller().by) as uow:
        assign(uow, number, Assignment(**wish.model_dump()))
    flash(t("signup.people.saved"), "good")
    return redirect(url_for("subscribers.show", number=number), 303)
