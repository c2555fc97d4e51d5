"""Asks of every request what its route demands: a key, a signed-in role, a form of ours."""

import hmac
from http import HTTPStatus

from flask import Flask, Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from service.access import queries
from service.access.keys import digest
from service.access.models import ApiKey
from service.errors import Forbidden, Unauthenticated
from service.web import shell
from service.web.callers import CallerKind, Mark
from service.web.context import Caller, runtime
from service.web.limits import Remaining, limits, visitor

KEY_PREFIX = "tcs_"
REQUESTS = "1200/minute"  # of one key
WRONG_KEYS = "30/minute"  # from one address

csrf = CSRFProtect()


def install(app: Flask) -> None:
    """Stand before every view of *app*."""
    app.config.update(
        SESSION_COOKIE_NAME="tocsin_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # an incident may take an afternoon to write
        WTF_CSRF_SSL_STRICT=False,  # the token is proof enough; not every browser sends a Referer
    )
    with app.app_context():
        app.config["SESSION_COOKIE_SECURE"] = is_secure()
    csrf.init_app(app)
    app.before_request(_ask)
    app.after_request(_show_limit)


def is_secure() -> bool:
    """Whether browsers reach the service over HTTPS."""
    return runtime().settings.public_url.startswith("https:")


def cookie_name() -> str:
    """Return the name of the staff's cookie: bound to this host where browsers can see to it."""
    return "__Host-tocsin_staff" if is_secure() else "tocsin_staff"


def _ask() -> ResponseReturnValue | None:
    mark = shell.mark()
    if mark is None:
        return None  # no such address: the router answers
    match mark.kind:
        case CallerKind.API_KEY:
            g.caller = _program(mark)
        case CallerKind.STAFF:
            return _staff(mark)
        case CallerKind.FORM:
            csrf.protect()
    return None


def _program(mark: Mark) -> Caller:
    limits().check("wrong keys", WRONG_KEYS, visitor())
    key = _key()
    if key is None:
        limits().take("wrong keys", WRONG_KEYS, visitor())
        raise Unauthenticated("send a valid API key: Authorization: Bearer tcs_…")
    g.limit = limits().take("requests", REQUESTS, str(key.id))
    if mark.need and mark.need not in key.scopes:
        raise Forbidden(f"this API key lacks the scope {mark.need!r}", code="missing_scope")
    return Caller(f"key:{key.id}", mark.kind, key.id, key.name, scopes=frozenset(key.scopes))


def _key() -> ApiKey | None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not given.startswith(KEY_PREFIX):
        return None
    # The look-up is by digest: how long it takes says nothing about the key itself.
    wanted = digest(given.strip())
    with runtime().read() as session:
        key = queries.key_with(session, wanted)
    if key is None or key.revoked_at or not hmac.compare_digest(key.digest, wanted):
        return None
    return key


def _staff(mark: Mark) -> ResponseReturnValue | None:
    person = signed_in()
    if person is None:
        if request.method in ("GET", "HEAD"):
            back = request.full_path.rstrip("?")
            return redirect(url_for("access.login", next=back), HTTPStatus.SEE_OTHER)
        raise Unauthenticated("sign in first", code="signed_out")
    g.caller = person
    csrf.protect()
    if not person.may(mark.need):
        raise Forbidden(f"this needs the role {mark.need!r}", code="missing_role")
    return None


def signed_in() -> Caller | None:
    """Return the member of staff whose cookie came with the request."""
    token = request.cookies.get(cookie_name())
    if not token:
        return None
    rt = runtime()
    with rt.read() as session:
        found = queries.session_with(session, digest(token), rt.clock())
    if found is None:
        return None
    _, person = found
    return Caller(f"staff:{person.id}", CallerKind.STAFF, person.id, person.name, person.role)


def _show_limit(response: Response) -> Response:
    left: Remaining | None = g.get("limit")
    if left is not None:
        response.headers["RateLimit-Policy"] = f'"requests";q={left.limit};w={left.window}'
        response.headers["RateLimit"] = f'"requests";r={left.left};t={left.reset}'
    return response
