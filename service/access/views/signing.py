"""Staff sign in, with a second factor where they have one, and out."""

from datetime import timedelta
from http import HTTPStatus

import structlog
from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response as BaseResponse

from service.access import actions, passwords, queries, second_factor
from service.access.guard import cookie_name, is_secure
from service.access.models import Staff
from service.access.vouching import single_sign_on
from service.errors import TooMany
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
HALF = timedelta(minutes=5)  # between the password and the code
_HALF = "half_signed_in"

console = Blueprint("access", __name__, template_folder="../templates", url_prefix="/console")


@console.get("", strict_slashes=False)
@staff()
def home() -> ResponseReturnValue:
    """Lead to the first thing that the caller may work with."""
    items = navigation()
    return redirect(url_for(items[0].endpoint)) if items else render_template("access/home.html")


@console.get("/login")
@public_form
def login() -> ResponseReturnValue:
    """Ask for address and password."""
    return _form(next=_next(request.args.get("next")))


@console.post("/login")
@public_form
def do_login() -> ResponseReturnValue:
    """Let whoever knows the password in, or ask them for their second factor."""
    email = _email(request.form.get("email", ""))
    try:
        person = _known(email, request.form.get("password", ""))
    except TooMany as error:
        return _refused("access.login.often", HTTPStatus.TOO_MANY_REQUESTS, error.retry_after)
    if person is None:
        return _refused("access.login.wrong", HTTPStatus.UNPROCESSABLE_ENTITY)
    return welcome(person, request.form.get("next"))


@console.get("/login/code")
@public_form
def code() -> ResponseReturnValue:
    """Ask for the second factor of whoever gave the right password just now."""
    if _half() is None:
        return redirect(url_for("access.login"), HTTPStatus.SEE_OTHER)
    return render_template("access/code.html", next=_next(request.args.get("next")))


@console.post("/login/code")
@public_form
def do_code() -> ResponseReturnValue:
    """Let them in if the code is theirs: one of the app's, or a recovery code."""
    staff_id = _half()
    if staff_id is None:
        return redirect(url_for("access.login"), HTTPStatus.SEE_OTHER)
    try:
        limits().check("codes", PAIR, f"staff:{staff_id}")
    except TooMany as error:
        return _refused_code("access.login.often", HTTPStatus.TOO_MANY_REQUESTS, error.retry_after)
    with runtime().work(f"staff:{staff_id}") as uow:
        fits = second_factor.use(uow, staff_id, request.form.get("code", ""))
    if not fits:
        limits().take("codes", PAIR, f"staff:{staff_id}")
        return _refused_code("access.login.wrong_code", HTTPStatus.UNPROCESSABLE_ENTITY)
    return _let_in(staff_id, request.form.get("next"))


@console.post("/logout")
@staff()
def logout() -> ResponseReturnValue:
    """End this browser's session."""
    with runtime().work(caller().by) as uow:
        actions.sign_out(uow, cookie())
    session.clear()
    flash(t("access.login.gone"))
    response = redirect(url_for("access.login"), HTTPStatus.SEE_OTHER)
    _set_cookie(response, "")
    return response


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


def welcome(person: Staff, wanted: str | None) -> ResponseReturnValue:
    """Let in whoever has proved who they are, after their second factor where they have one."""
    if person.totp_since is None:
        return _let_in(person.id, wanted)
    session[_HALF] = {"staff": person.id, "until": (runtime().clock() + HALF).timestamp()}
    where = url_for("access.code", next=_next(wanted))
    return redirect(where, HTTPStatus.SEE_OTHER)


def refused(reason: str) -> Response:
    """The form again, with a word of why."""
    return _refused(reason, HTTPStatus.UNPROCESSABLE_ENTITY)


def _let_in(staff_id: int, wanted: str | None) -> ResponseReturnValue:
    origin = actions.Origin(visitor(), request.user_agent.string)
    with runtime().work(f"staff:{staff_id}") as uow:
        token = actions.sign_in(uow, staff_id, origin, cookie())
    session.clear()  # and with it the secret behind the forms of whoever sat here before
    response = redirect(_next(wanted), HTTPStatus.SEE_OTHER)
    _set_cookie(response, token)
    return response


def _half() -> int | None:
    """Who has given the right password, a few minutes ago at most."""
    kept = session.get(_HALF)
    if not kept or kept["until"] < runtime().clock().timestamp():
        return None
    return int(kept["staff"])


def _refused_code(reason: str, status: HTTPStatus, retry_after: int = 0) -> Response:
    page = render_template(
        "access/code.html", next=_next(request.form.get("next")), refusal=t(reason)
    )
    return Response(page, status, {"Retry-After": str(retry_after)} if retry_after else None)


def _refused(reason: str, status: HTTPStatus, retry_after: int = 0) -> Response:
    page = _form(
        email=_email(request.form.get("email", "")),
        next=_next(request.form.get("next")),
        refusal=t(reason),
    )
    return Response(page, status, {"Retry-After": str(retry_after)} if retry_after else None)


def _form(**given: str) -> str:
    provider = single_sign_on(runtime().settings)
    with runtime().read() as reading:
        anybody = queries.anybody(reading)
    return render_template(
        "access/login.html",
        **{"email": "", **given},
        provider=provider.name if provider else "",
        anybody=anybody,
    )


def _email(text: str) -> str:
    try:
        return clean(text, LONGEST_EMAIL).lower()
    except Unclean:
        return ""


def _next(path: str | None) -> str:
    """Return where to go after signing in: within the console, whatever the address asks for."""
    wanted = safe_next(path or "", "/console")
    return wanted if wanted.startswith("/console") and "/login" not in wanted else "/console"


def cookie() -> str:
    """Return the cookie of the caller's session."""
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
