"""The same request twice acts once and gets the same answer.

A request with an `Idempotency-Key` first claims it, in a unit of work of its own. The view then
gives its answer to `remember` inside the unit of work that acts: action and answer are one commit.
A process that dies between leaves a claim without an answer and nothing done; after `PATIENCE`
another request takes it over. The claim is also a fence: a slow request that was taken over cannot
commit, because its `remember` finds the claim gone. See docs/decisions/0002-idempotency.md.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec

import structlog
from flask import Response, g, make_response, request
from flask import json as flask_json
from flask.typing import ResponseReturnValue
from pydantic_core import to_jsonable_python
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from service.access import queries
from service.access.actions import MEMORY
from service.access.models import IdempotentRequest
from service.access.queries import Claim
from service.access.sealing import seal, unseal
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Fault, Invalid
from service.web.callers import CallerKind
from service.web.context import caller, runtime

log = structlog.get_logger(__name__)

HEADER = "Idempotency-Key"
LONGEST = 255
PATIENCE = timedelta(seconds=60)  # how long a claim without an answer is believed to be at work
MARK = "_tocsin_idempotent"

P = ParamSpec("P")


def idempotent(
    view: Callable[P, ResponseReturnValue],
) -> Callable[P, ResponseReturnValue]:
    """Let *view*, a POST of the API that ends in `remember`, act once for each Idempotency-Key."""

    @wraps(view)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        g.remembered = False
        key = _key()
        claim = _claim(key) if key else None
        if isinstance(claim, Response):
            return claim
        g.claim = claim
        try:
            answer = view(*args, **kwargs)
        except Exception:
            _release(claim)
            raise
        if not g.remembered:
            _release(claim)
            _insist(answer)
        return answer

    setattr(wrapper, MARK, True)
    return wrapper


def remember(
    uow: UnitOfWork, body: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer *body* (a model or anything JSON holds) and keep it with what *uow* does.

    Raises `Conflict` where the claim was taken over meanwhile, which undoes the work.
    """
    g.remembered = True
    answer = {"body": to_jsonable_python(body, by_alias=True), "headers": dict(headers or {})}
    claim: Claim | None = g.get("claim")
    # Sealed: an answer may hold a secret that is shown once.
    kept = {"sealed": seal(json.dumps(answer))}
    if claim and not queries.settle_request(uow.session, claim, status, kept):
        raise Conflict("another request with this key took over", code="taken_over")
    return _response(answer, status)


def _key() -> str | None:
    key = request.headers.get(HEADER)
    if key is None or caller().kind is not CallerKind.API_KEY:
        return None
    if not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
        raise Invalid(
            [Fault("", f"{HEADER}: use 1 to {LONGEST} visible characters", "idempotency_key")]
        )
    return key


def _claim(key: str) -> Claim | Response:
    try:
        with runtime().work(caller().by) as uow:
            claim = Claim(caller().id, key, _fingerprint(), uow.now)
            return _answer_of(uow, claim) or claim
    except IntegrityError:  # another process came first by a moment
        raise _running() from None


def _answer_of(uow: UnitOfWork, claim: Claim) -> Response | None:
    """Return the answer that is there already; otherwise the claim is ours."""
    found = queries.request_with(uow.session, claim.api_key_id, claim.key)
    if found is None:
        uow.session.add(
            IdempotentRequest(
                api_key_id=claim.api_key_id,
                key=claim.key,
                fingerprint=claim.fingerprint,
                created_at=claim.at,
            )
        )
        uow.session.flush()
        return None
    age = uow.now - found.created_at
    if age < MEMORY and found.fingerprint != claim.fingerprint:
        raise Invalid(
            [Fault("", f"this {HEADER} came with another request", "idempotency_key_reused")]
        )
    if age < MEMORY and found.status is not None:
        return _replayed(found)
    if age < PATIENCE:
        raise _running()
    found.fingerprint, found.created_at = claim.fingerprint, claim.at
    found.status = found.body = None
    return None


def _replayed(found: IdempotentRequest) -> Response:
    answer = json.loads(unseal((found.body or {})["sealed"]))
    response = _response(answer, found.status or 200)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _response(answer: dict[str, Any], status: int) -> Response:
    text = "" if answer["body"] is None else flask_json.dumps(answer["body"]) + "\n"
    response = make_response(text, status, answer["headers"])
    response.mimetype = "application/json"
    return response


def _release(claim: Claim | None) -> None:
    """Let a retry act at once: nothing was done under this claim."""
    if claim is None:
        return
    try:
        with runtime().work(caller().by) as uow:
            queries.release_request(uow.session, claim)
    except SQLAlchemyError as error:  # the caller should hear of the first error, not of this
        log.warning("claim_kept", why=type(error).__name__)


def _insist(answer: ResponseReturnValue) -> None:
    if make_response(answer).status_code < 400:  # noqa: PLR2004 - not a refusal
        raise RuntimeError(f"{request.endpoint} acts but does not `remember` its answer")


def _fingerprint() -> str:
    whole = f"{request.method} {request.full_path}\n".encode() + request.get_data(cache=True)
    return hashlib.sha256(whole).hexdigest()


def _running() -> Conflict:
    return Conflict("the first request with this key still runs", code="still_running")
