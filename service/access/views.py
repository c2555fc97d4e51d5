"""Staff sign in and out, and see where they are signed in."""

from http import HTTPStatus

import structlog
from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response as BaseResponse

from service.access import actions, passwords, queries
from service.access.guard import cookie_name, is_secure
from service.access.keys import digest
from service.access.models import Staff
from service.errors import Invalid, TooMany
from service.web.callers import public_form, staff
from service.web.choices import safe_next
from service.web.context import caller, navigation, runtime
from service.web.i18n import t
from service.web.limits import limits, visitor
from service.web.parsing import Unclean, clean

log = structlog.get_logger(__name__)

LONGEST_EMAIL = 254
# Failures only. Per pair, so that nobody can lock a colleague out from elsewhere.
PAIR, ADDRESS, ACCOUNT = "6/5 minutes", "30/5 minutes", "60/15 minutes"

console = Blueprint("access", __name__, template_folder="templates", url_prefix="/console")


@console.get("", strict_slashes=False)
@staff()
def home() -> ResponseReturnValue:
    items = navigation()
    return redirect(url_for(items[0].endpoint)) if items else render_template("access/home.html")


@console.get("/login")
@public_form
def login() -> ResponseReturnValue:
    return render_template("access/login.html", email="", next=_next(request.args.get("next")))


@console.post("/login")
@public_form
def do_login() -> ResponseReturnValue:
    email = _email(request.form.get("email", ""))
    try:
        person = _known(email, request.form.get("password", ""))
    except TooMany as error:
        return _refused("access.login.often", HTTPStatus.TOO_MANY_REQUESTS, error.retry_after)
    if person is None:
        return _refused("access.login.wrong", HTTPStatus.UNPROCESSABLE_ENTITY)
    origin = actions.Origin(visitor(), request.user_agent.string)
    with runtime().work(f"staff:{person.id}") as uow:
        token = actions.sign_in(uow, person.id, origin, request.cookies.get(cookie_name(), ""))
    session.clear()  # and with it the secret behind the forms of whoever sat here before
    response = redirect(_next(request.form.get("next")), HTTPStatus.SEE_OTHER)
    _set_cookie(response, token)
    return response


@console.post("/logout")
@staff()
def logout() -> ResponseReturnValue:
    with runtime().work(caller().by) as uow:
        actions.sign_out(uow, _cookie())
    session.clear()
    flash(t("access.login.gone"))
    response = redirect(url_for("access.login"), HTTPStatus.SEE_OTHER)
    _set_cookie(response, "")
    return response


@console.get("/account")
@staff()
def account() -> ResponseReturnValue:
    return _account()


@console.post("/account/password")
@staff()
def change_password() -> ResponseReturnValue:
    current, new = request.form.get("current", ""), request.form.get("password", "")
    limits().check("passwords", PAIR, caller().by)
    person = _myself()
    if not passwords.fits(person.password_hash, current):
        limits().take("passwords", PAIR, caller().by)
        return _account(wrong=True), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        with runtime().work(caller().by) as uow:
            actions.set_password(uow, person.email, new, keep=_cookie())
    except Invalid as error:
        return _account(faults=error.faults), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(t("access.account.changed"))
    return redirect(url_for("access.account"), HTTPStatus.SEE_OTHER)


@console.post("/account/elsewhere")
@staff()
def end_elsewhere() -> ResponseReturnValue:
    with runtime().work(caller().by) as uow:
        actions.sign_out_elsewhere(uow, caller().id, _cookie())
    flash(t("access.account.ended"))
    return redirect(url_for("access.account"), HTTPStatus.SEE_OTHER)


def _known(email: str, password: str) -> Staff | None:
    """Return who these belong to; every failure counts, none tells whether there is an account."""
    tries = (
        ("login pair", PAIR, f"{visitor()} {email}"),
        ("login address", ADDRESS, visitor()),
        ("login account", ACCOUNT, email),
    )
    for name, rate, key in tries:
        limits().check(name, rate, key)
    with runtime().read() as reader:
        person = queries.staff_with_email(reader, email)
    fits = passwords.fits(person.password_hash if person else None, password)
    if person and fits and person.disabled_at is None:
        return person
    log.warning("login_failed", address=visitor())
    for name, rate, key in tries:
        limits().take(name, rate, key)
    return None


def _refused(reason: str, status: HTTPStatus, retry_after: int = 0) -> Response:
    page = render_template(
        "access/login.html",
        email=_email(request.form.get("email", "")),
        next=_next(request.form.get("next")),
        refusal=t(reason),
    )
    return Response(page, status, {"Retry-After": str(retry_after)} if retry_after else None)


def _account(**more: object) -> str:
    rt = runtime()
    with rt.read() as reader:
        sessions = queries.sessions_of(reader, caller().id, rt.clock())
        person = queries.staff_by_id(reader, caller().id)
        return render_template(
            "access/account.html",
            person=person,
            sessions=sessions,
            this=digest(_cookie()),
            **more,
        )


def _myself() -> Staff:
    with runtime().read() as reader:
        person = queries.staff_by_id(reader, caller().id)
    if person is None:
        raise LookupError(caller().by)  # the guard has just seen them
    return person


def _email(text: str) -> str:
    try:
        return clean(text, LONGEST_EMAIL).lower()
    except Unclean:
        return ""


def _next(path: str | None) -> str:
    """Return where to go after signing in: within the console, whatever the address asks for."""
    wanted = safe_next(path or "", "/console")
    return wanted if wanted.startswith("/console") and "/login" not in wanted else "/console"


def _cookie() -> str:
    return request.cookies.get(cookie_name(), "")


def _set_cookie(response: BaseResponse, token: str) -> None:
    """Set the staff's cookie for this browser session; an empty one goes."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=None if token else 0,
        httponly=True,
        secure=is_secure(),
        samesite="Lax",
        path="/",
    )
