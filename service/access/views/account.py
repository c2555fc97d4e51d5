"""One's own account: password, language, second factor, and where one is signed in."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.access import actions, passwords, queries, second_factor
from service.access.keys import digest
from service.access.models import Staff
from service.access.views.signing import PAIR, cookie
from service.errors import Invalid
from service.web.callers import staff
from service.web.context import caller, runtime
from service.web.i18n import t
from service.web.limits import limits

mine = Blueprint("account", __name__, template_folder="../templates", url_prefix="/console/account")


@mine.get("")
@staff()
def show() -> ResponseReturnValue:
    """One's own account."""
    return _page()


@mine.post("/password")
@staff()
def change_password() -> ResponseReturnValue:
    """Change the password, for whoever knows the current one."""
    if not _proved():
        return _page(wrong="password"), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        with runtime().work(caller().by) as uow:
            new = request.form.get("password", "")
            actions.set_password(uow, _myself().email, new, keep=cookie())
    except Invalid as error:
        return _page(faults=error.faults), HTTPStatus.UNPROCESSABLE_ENTITY
    return _done("changed")


@mine.post("/language")
@staff()
def set_language() -> ResponseReturnValue:
    """Choose the language of the mails one gets."""
    with runtime().work(caller().by) as uow:
        actions.set_locale(uow, caller().id, request.form.get("language", ""))
    return _done("saved")


@mine.post("/factor")
@staff()
def begin_factor() -> ResponseReturnValue:
    """Show a secret to put into an app; it counts once a code of it came back."""
    if not _proved():
        return _page(wrong="factor"), HTTPStatus.UNPROCESSABLE_ENTITY
    with runtime().work(caller().by) as uow:
        setup = second_factor.begin(uow, caller().id)
    return _page(setup=setup)


@mine.post("/factor/confirm")
@staff()
def confirm_factor() -> ResponseReturnValue:
    """Ask for codes from now on, and show the recovery codes, once."""
    limits().check("codes", PAIR, caller().by)
    with runtime().work(caller().by) as uow:
        codes = second_factor.confirm(uow, caller().id, request.form.get("code", ""))
    if not codes:
        limits().take("codes", PAIR, caller().by)
        setup = second_factor.pending(_myself())
        return _page(setup=setup, wrong="code"), HTTPStatus.UNPROCESSABLE_ENTITY
    return _page(codes=codes)


@mine.post("/factor/end")
@staff()
def end_factor() -> ResponseReturnValue:
    """Sign in with the password alone again."""
    if not _proved():
        return _page(wrong="factor"), HTTPStatus.UNPROCESSABLE_ENTITY
    with runtime().work(caller().by) as uow:
        second_factor.end(uow, caller().id)
    return _done("factor_ended")


@mine.post("/sessions/end")
@staff()
def end_session() -> ResponseReturnValue:
    """End one of one's own sessions."""
    with runtime().work(caller().by) as uow:
        actions.end_own_session(uow, caller().id, request.form.get("session", ""))
    return _done("session_ended")


@mine.post("/elsewhere")
@staff()
def end_elsewhere() -> ResponseReturnValue:
    """End every session but this one."""
    with runtime().work(caller().by) as uow:
        actions.sign_out_elsewhere(uow, caller().id, cookie())
    return _done("ended")


def _proved() -> bool:
    """Whether the form holds the caller's current password; wrong ones are counted."""
    limits().check("passwords", PAIR, caller().by)
    if passwords.fits(_myself().password_hash, request.form.get("current", "")):
        return True
    limits().take("passwords", PAIR, caller().by)
    return False


def _done(word: str) -> ResponseReturnValue:
    flash(t(f"access.account.{word}"))
    return redirect(url_for("account.show"), HTTPStatus.SEE_OTHER)


def _page(**more: object) -> str:
    rt = runtime()
    with rt.read() as reader:
        return render_template(
            "access/account.html",
            person=queries.staff_by_id(reader, caller().id),
            sessions=queries.sessions_of(reader, caller().id, rt.clock()),
            this=digest(cookie()),
            **more,
        )


def _myself() -> Staff:
    with runtime().read() as reader:
        person = queries.staff_by_id(reader, caller().id)
    if person is None:
        raise LookupError(caller().by)  # the guard has just seen them
    return person
