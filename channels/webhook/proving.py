"""Says whether an endpoint proved itself: it must repeat what it was asked."""

import hmac
import json
from dataclasses import replace

from channels.base import Outcome, Parcel, Reason, Result
from channels.exchange import Failure, Reply
from channels.replies import outcome


def proof(parcel: Parcel, came: Reply | Failure, nonce: str) -> Outcome:
    """Return SENT only if *came* repeats the challenge's *nonce*."""
    found = outcome(parcel, came)
    if isinstance(came, Failure) or found.result is not Result.SENT or _repeats(came.body, nonce):
        return found
    detail = f'answered {came.status} without the JSON {{"challenge": …}} that it was asked for'
    return replace(
        found, result=Result.PERMANENT, reason=Reason.PROTOCOL, code=str(came.status), detail=detail
    )


def _repeats(body: bytes, nonce: str) -> bool:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return False
    given = answer.get("challenge") if isinstance(answer, dict) else None
    return isinstance(given, str) and hmac.compare_digest(
        given.encode("utf-8", "replace"), nonce.encode()
    )
