"""Says what an answer over HTTP, or the lack of one, means for a delivery."""

import re
import time
from dataclasses import replace
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from channels.base import Outcome, Parcel, Reason, Result, Scope
from channels.exchange import Failure, Kind, Phase, Reply

LONGEST_WAIT = 86_400.0  # seconds: the longest step between two tries of a webhook
LONGEST_DETAIL = 500
NOISE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")

REASONS: dict[int, Reason] = {
    HTTPStatus.REQUEST_TIMEOUT: Reason.TIMEOUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Reason.TOO_LARGE,
    HTTPStatus.TOO_MANY_REQUESTS: Reason.THROTTLED,
    HTTPStatus.GATEWAY_TIMEOUT: Reason.TIMEOUT,
}
SILENCES = {
    Kind.REFUSED: Reason.UNREACHABLE,
    Kind.DNS: Reason.BAD_DOMAIN,
    Kind.TIMEOUT: Reason.TIMEOUT,
    Kind.TLS: Reason.TLS,
    Kind.RESET: Reason.INTERRUPTED,
    Kind.PROTOCOL: Reason.PROTOCOL,
}


def outcome(parcel: Parcel, came: Reply | Failure) -> Outcome:
    """Return what *came*, a reply or none, means for *parcel*."""
    found = _silence(parcel, came) if isinstance(came, Failure) else _answer(parcel, came)
    return replace(found, trace=came.trace)


def _answer(parcel: Parcel, reply: Reply) -> Outcome:
    code, said = str(reply.status), cleaned(reply.body.decode("utf-8", "replace"))
    match reply.status // 100:
        case 2:
            return Outcome(parcel, Result.SENT, Scope.ADDRESS, Reason.ACCEPTED, code)
        case 3:
            where = cleaned(reply.headers.get("location", ""))
            said = f"redirects are not followed: give the final address. {where}".rstrip()
            return Outcome(
                parcel, Result.TRANSIENT, Scope.ADDRESS, Reason.PROTOCOL, code, cleaned(said)
            )
        case 4 | 5:
            return _refusal(parcel, reply, code, said)
    detail = cleaned(f"{code} is not an answer to a request. {said}")
    return Outcome(parcel, Result.TRANSIENT, Scope.ADDRESS, Reason.PROTOCOL, code, detail)


def _refusal(parcel: Parcel, reply: Reply, code: str, said: str) -> Outcome:
    if reply.status == HTTPStatus.GONE:
        return Outcome(parcel, Result.PERMANENT, Scope.ADDRESS, Reason.GONE, code, said)
    wait, reason = None, REASONS.get(reply.status, Reason.REFUSED)
    if reply.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        wait = retry_after(reply.headers.get("retry-after", ""))
        reason = reason if wait is None else Reason.THROTTLED
    return Outcome(parcel, Result.TRANSIENT, Scope.ADDRESS, reason, code, said, wait)


def _silence(parcel: Parcel, failure: Failure) -> Outcome:
    detail = cleaned(failure.detail)
    if failure.kind is Kind.BLOCKED:
        return Outcome(
            parcel, Result.PERMANENT, Scope.ADDRESS, Reason.BLOCKED, failure.kind, detail
        )
    result, scope = _weight(failure)
    return Outcome(parcel, result, scope, SILENCES[failure.kind], failure.kind, detail)


def _weight(failure: Failure) -> tuple[Result, Scope]:
    if failure.phase is Phase.NOT_BEGUN:
        return Result.NOT_TRIED, Scope.ADDRESS
    if failure.phase is Phase.BEFORE_REQUEST:
        # It costs an attempt: a host that never answers must not be tried for ever.
        return Result.TRANSIENT, Scope.LANE
    if failure.kind is Kind.PROTOCOL:
        return Result.TRANSIENT, Scope.ADDRESS  # it did answer, and not with a 2xx
    return Result.UNKNOWN, Scope.ADDRESS


def retry_after(raw: str) -> float | None:
    """Return the seconds that a Retry-After header asks for (RFC 9110, 10.2.3), bounded."""
    raw = raw.strip()
    if raw.isascii() and raw.isdigit():
        return min(float(raw), LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(raw).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
    return min(max(wait, 0.0), LONGEST_WAIT)


def cleaned(said: str) -> str:
    """Return a stranger's words on one line, at most 500 characters."""
    return NOISE.sub(" ", said).strip()[:LONGEST_DETAIL]
