"""The log of attempts on channels of programs: what was said, by whom, how long it took.

What did not arrive, on any channel, is told in the program's own log as well.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from channels.base import Outcome, Result, Trace
from service.access.links import CODED
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import Attempt

#: Headers whose words open doors; their names are enough.
SECRET = frozenset({"authorization", "webhook-signature", "proxy-authorization", "set-cookie"})

log = structlog.get_logger(__name__)


def tell_failures(channel: str, outcomes: Sequence[Outcome]) -> None:
    """Log which deliveries of a batch did not arrive, and why: one line, without addresses."""
    failed = [each for each in outcomes if each.result is not Result.SENT]
    if failed:
        reasons = sorted({f"{each.result.value}: {each.reason.value}" for each in failed})
        deliveries = [each.parcel.id for each in failed]
        log.info("not_accepted", channel=channel, deliveries=deliveries, reasons=reasons)


def note(
    uow: UnitOfWork, address_id: int, kind: str, outcome: Outcome, next_at: datetime | None
) -> None:
    """Keep what *outcome* says of the wire; nothing where its channel does not, nor of codes."""
    if outcome.trace is None or kind == CODED:
        return
    parcel = outcome.parcel
    uow.session.add(
        Attempt(
            address_id=address_id,
            parcel=parcel.id,
            kind=kind,
            attempt=parcel.attempt,
            at=uow.now,
            result=outcome.result.value,
            reason=outcome.reason.value,
            detail=outcome.detail,
            trace=_shown(outcome.trace),
            next_at=next_at,
            why=_why(outcome, next_at),
        )
    )


def _why(outcome: Outcome, next_at: datetime | None) -> str:
    if next_at and outcome.retry_after:
        return "asked_to_wait"
    if next_at:
        return "schedule"
    return {Result.SENT: "taken", Result.PERMANENT: "for_good"}.get(outcome.result, "exhausted")


def _shown(trace: Trace) -> dict[str, Any]:
    return {
        "request": _masked(trace.request),
        "sent": _text(trace.sent),
        "status": trace.status,
        "headers": _masked(trace.headers),
        "body": _text(trace.body),
        "address": trace.address,
        "timings": {name: round(seconds, 4) for name, seconds in trace.timings.items()},
    }


def _masked(headers: Mapping[str, str]) -> dict[str, str]:
    # A NUL cannot be stored in PostgreSQL's JSON.
    return {
        name.replace("\0", ""): "…" if name.lower() in SECRET else value.replace("\0", "")
        for name, value in headers.items()
    }


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").replace("\0", "\ufffd")
