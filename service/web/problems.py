"""The one place where what went wrong becomes HTTP: documents for programs, pages for people.

RFC 9457 for every address below an `/api/`; a page in the reader's language elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from math import ceil
from typing import Any

import structlog
from apiflask import HTTPError
from flask import Flask, Response, g, jsonify, render_template, request
from pydantic import ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.exceptions import BadRequest, HTTPException

from service.errors import (
    Conflict,
    Expired,
    Fault,
    Forbidden,
    Invalid,
    NotFound,
    ServiceError,
    TooMany,
    Unauthenticated,
)
from service.web.forms import faults_of

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
MINUTE = 60  # seconds
RETRY_SECONDS = 5  # when the database is away: as often as we look for it ourselves

STATUS: dict[type[ServiceError], HTTPStatus] = {
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Expired: HTTPStatus.GONE,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    ServiceError: HTTPStatus.BAD_REQUEST,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, whoever asks."""

    status: HTTPStatus
    detail: str = ""
    code: str = ""
    faults: Sequence[Fault] = ()
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def wait(self) -> timedelta:
        """How long to wait before trying again, in whole minutes."""
        return timedelta(minutes=ceil(int(self.headers.get("Retry-After", MINUTE)) / MINUTE))


def install(app: Flask) -> None:
    """Answer every error of *app*, known or not."""
    app.register_error_handler(ServiceError, lambda error: answer(_refusal(error)))
    app.register_error_handler(ValidationError, lambda error: answer(_misfit(error)))
    app.register_error_handler(HTTPError, lambda error: answer(_from_apiflask(error)))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(InterfaceError, _database_away)
    app.register_error_handler(Exception, _unexpected)


def answer(problem: Problem) -> Response:
    """Return *problem* in the form the caller can read."""
    response = _document(problem) if for_programs() else _page(problem)
    response.status_code = problem.status
    response.headers.update(problem.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


def for_programs() -> bool:
    """Whether the address belongs to an API: `/api/…`, or a page's `/{page}/api/…`."""
    return "api" in request.path.split("/", 3)[1:3]


def _document(problem: Problem) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail or problem.status.description,
        "request_id": g.get("request_id", ""),
    }
    if problem.code:
        body["code"] = problem.code
    if problem.faults:
        body["errors"] = [fault._asdict() for fault in problem.faults]
    response = jsonify(body)
    response.mimetype = MEDIA_TYPE
    return response


def _page(problem: Problem) -> Response:
    return Response(render_template("error.html", problem=problem), mimetype="text/html")


def _refusal(error: ServiceError) -> Problem:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    faults = error.faults if isinstance(error, Invalid) else ()
    headers = {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="tocsin"'
    return Problem(status, error.detail, error.code, faults, headers)


def _misfit(error: ValidationError) -> Problem:
    return _refusal(Invalid(faults_of(error)))


def _from_apiflask(error: HTTPError) -> Problem:
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        return _misfit(cause)
    return Problem(HTTPStatus(error.status_code), str(error.message or ""))


def _http(error: HTTPException) -> Response | HTTPException:
    if error.response is not None or error.code is None:
        return error  # somebody aborted with an answer of their own
    headers = {
        name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")
    }
    detail = error.description or ""
    if for_programs() and type(error) is BadRequest and detail == BadRequest.description:
        detail = "the body is not JSON; send it with Content-Type: application/json"
    return answer(Problem(HTTPStatus(error.code), detail, _code(error), headers=headers))


def _code(error: HTTPException) -> str:
    return "csrf" if type(error).__name__ == "CSRFError" else ""


def _database_away(error: Exception) -> Response:
    log.error("database_away", why=type(error).__name__, exc_info=error)
    return answer(
        Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "the database does not answer; try again",
            headers={"Retry-After": str(RETRY_SECONDS)},
        )
    )


def _unexpected(error: Exception) -> Response:
    log.error("unexpected", kind=type(error).__name__, exc_info=error)
    return answer(
        Problem(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "something went wrong on our side; it was noted under this request's id",
        )
    )
