"""What every request goes through: an id, a look at its characters, headers, a log line."""

import re
import secrets
import time
import unicodedata

import structlog
from flask import Flask, Response, abort, current_app, g, request

from service.web.callers import CallerKind, Mark, mark_of
from service.web.context import caller, runtime
from service.web.i18n import is_negotiated

log = structlog.get_logger("service.request")

LARGEST_BODY = 1024 * 1024  # bytes
MOST_FIELDS = 1000
STATIC_SECONDS = 3600  # style and scripts may be an hour old after an upgrade

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# The address is the key of whoever holds it: it stays out of logs.
_TOKEN = re.compile(r"^(/(?:(?:[^/]+/)?[achpu]|files)/)[^/]+")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), "
    "browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
YEAR = 365 * 24 * 3600


def install(app: Flask) -> None:
    """Put the shell around every request of *app*."""
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=MOST_FIELDS,
        SEND_FILE_MAX_AGE_DEFAULT=STATIC_SECONDS,
    )
    app.before_request(_identify)
    app.before_request(_look_at_characters)
    app.after_request(_finish)
    app.teardown_request(_forget)


def masked(path: str) -> str:
    """Return *path* without the token of a signed link."""
    return _TOKEN.sub(r"\1…", path)


def mark() -> Mark | None:
    """Return who may call the view this request is for, if there is one."""
    return mark_of(current_app.view_functions.get(request.endpoint or ""))


def _identify() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _forget(_error: BaseException | None) -> None:
    """Leave no name of this request to what its thread does next."""
    structlog.contextvars.clear_contextvars()


def _look_at_characters() -> None:
    """Refuse what no database could be asked for: control characters in an address, NUL in forms.

    Fields that mean something are checked one by one when they are parsed; this is the fence.
    """
    if _broken(request.path) or any(_broken(v) for v in request.args.values()):
        abort(400, "there are control characters in the address")
    if request.mimetype == "application/x-www-form-urlencoded" and any(
        "\0" in value for value in request.form.values()
    ):
        abort(400, "there are control characters in the form")


def _broken(text: str) -> bool:
    return not text.isprintable() and any(unicodedata.category(c) in ("Cc", "Cs") for c in text)


def _finish(response: Response) -> Response:
    framed = "frame-ancestors *" in response.headers.get("Content-Security-Policy", "")
    for name, value in HEADERS.items():
        if not (framed and name == "X-Frame-Options"):
            response.headers.setdefault(name, value)
    if runtime().settings.public_url.startswith("https:"):
        response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR}")
    response.headers["X-Request-ID"] = g.get("request_id", "")
    _keep_private(response)
    _vary(response)
    _note(response)
    return response


def _keep_private(response: Response) -> None:
    this = mark()
    if this is None or this.kind in (CallerKind.PUBLIC, CallerKind.API_KEY):
        return
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    if this.kind is CallerKind.LINK:
        response.headers["Referrer-Policy"] = "no-referrer"


def _vary(response: Response) -> None:
    if response.mimetype == "text/html":
        response.vary.add("Cookie")
        if is_negotiated():
            response.vary.add("Accept-Language")


def _note(response: Response) -> None:
    log.info(
        "request",
        method=request.method,
        path=masked(request.path),
        status=response.status_code,
        ms=round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1),
        by=caller().by,
    )
