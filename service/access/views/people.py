"""Who works in the console, and which programs may call: administrators see to both."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from service.access import actions, passwords, queries, second_factor
from service.access.models import Role, Scope
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Fault, Invalid
from service.web.callers import staff
from service.web.context import NavItem, add_navigation, caller, runtime
from service.web.forms import parse_form
from service.web.i18n import t
from service.web.parsing import Line, Name

people = Blueprint("people", __name__, template_folder="../templates", url_prefix="/console/staff")
add_navigation(people, NavItem("people.index", "access.staff.title", "admin", 80))


class PersonForm(BaseModel):
    """Somebody who is to work in the console."""

    model_config = ConfigDict(extra="ignore")

    name: Name
    email: Annotated[str, Line(254)]
    role: Role


class KeyForm(BaseModel):
    """A program that is to call."""

    model_config = ConfigDict(extra="ignore")

    key_name: Name
    scopes: list[Scope] = Field(default=[])


@people.get("", strict_slashes=False)
@staff("admin")
def index() -> ResponseReturnValue:
    """Everybody with an account, and every key."""
    return _page()


@people.post("", strict_slashes=False)
@staff("admin")
def add() -> ResponseReturnValue:
    """Give somebody an account, with a password that is shown once."""
    password = passwords.new_password()

    def act(uow: UnitOfWork) -> object:
        wish = parse_form(PersonForm, request.form)
        return actions.add_staff(uow, wish.email, wish.name, wish.role, password)

    return _shown_once(act, "email", password=password)


@people.post("/keys")
@staff("admin")
def add_key() -> ResponseReturnValue:
    """Make a key, which is shown once."""
    made: list[str] = []

    def act(uow: UnitOfWork) -> object:
        wish = parse_form(KeyForm, request.form)
        _, token = actions.create_key(uow, wish.key_name, wish.scopes)
        made.append(token)
        return token

    return _shown_once(act, "key_name", key=made)


@people.post("/keys/revoke")
@staff("admin")
def revoke_key() -> ResponseReturnValue:
    """Make a key open nothing any more."""
    return _changed(lambda uow: actions.revoke_key(uow, request.form.get("key", "")))


@people.post("/<int:staff_id>/<any(role, disable, enable, password, factor, sessions):step>")
@staff("admin")
def change(staff_id: int, step: str) -> ResponseReturnValue:
    """Change what somebody may do, or how they come in; never one's own."""
    if staff_id == caller().id:
        flash(t("access.staff.not_yourself"), "bad")
        return redirect(url_for("people.index"), HTTPStatus.SEE_OTHER)
    with runtime().read() as session:
        person = queries.staff_by_id(session, staff_id)
    email = person.email if person else ""
    password = passwords.new_password()
    if step == "password":
        return _shown_once(
            lambda uow: actions.set_password(uow, email, password), "email", password=password
        )
    steps: dict[str, Callable[[UnitOfWork], object]] = {
        "role": lambda uow: actions.set_role(uow, email, request.form.get("role", "")),
        "disable": lambda uow: actions.disable_staff(uow, email),
        "enable": lambda uow: actions.enable_staff(uow, email),
        "factor": lambda uow: second_factor.end(uow, staff_id),
        "sessions": lambda uow: queries.end_sessions(uow.session, staff_id, uow.now),
    }
    return _changed(steps[step])


def _changed(act: Callable[[UnitOfWork], object]) -> ResponseReturnValue:
    with runtime().work(caller().by) as uow:
        act(uow)
    flash(t("access.staff.saved"), "good")
    return redirect(url_for("people.index"), HTTPStatus.SEE_OTHER)


def _shown_once(
    act: Callable[[UnitOfWork], object], name: str, **once: object
) -> ResponseReturnValue:
    try:
        with runtime().work(caller().by) as uow:
            act(uow)
    except Invalid as refusal:
        return _page(faults=_at(refusal.faults, name)), HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as conflict:
        fault = Fault(f"/{name}", conflict.detail, conflict.code)
        return _page(faults=(fault,)), HTTPStatus.CONFLICT
    return _page(**once)


def _at(faults: tuple[Fault, ...], name: str) -> tuple[Fault, ...]:
    # The form calls a key's name otherwise than the wish: a person's name stands beside it.
    moved = {"/name": "/key_name"} if name == "key_name" else {}
    return tuple(each._replace(pointer=moved.get(each.pointer, each.pointer)) for each in faults)


def _page(**more: object) -> str:
    with runtime().read() as session:
        return render_template(
            "access/staff.html",
            people=queries.all_staff(session),
            keys=queries.all_keys(session),
            roles=list(Role),
            scopes=list(Scope),
            form=request.form,
            **more,
        )
