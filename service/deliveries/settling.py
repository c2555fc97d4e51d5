"""What follows from an outcome: a pure decision; one place applies it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.base import Outcome, Reason, Result, Scope
from scheduling.backoff import EMAIL, WEBHOOK, Schedule, next_try
from service.deliveries.models import SKIPPED, Skip
from service.deliveries.queries.lane_two import Again
from service.deliveries.queries.outcomes import Row
from service.deliveries.queries.slices import Counts
from service.publications.plans import OnUnknown

SCHEDULES = {"email": EMAIL}
NOT_TRIED_SECONDS = 5.0  # real time before something proven unsent is offered again
SILENCES = 2  # of the far side, after which a message is not sent again although it may be lost
DEATHS = 20  # of workers amid one message, after which it is the message that kills them


@dataclass(frozen=True, slots=True)
class Terms:
    """What settling depends on besides the outcome."""

    channel: str
    repeatable: bool
    on_unknown: OnUnknown
    unknown_after: float  # seconds
    expires_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """What to write of one attempt (None: it was not one), and when to try again (None: never)."""

    row: Row | None
    again: Again | None

    @property
    def counts(self) -> Counts:
        """What it adds to the counters of its slice."""
        if self.again:
            return Counts(moved=1)
        return TERMINAL[self.row.result if self.row else Result.TRANSIENT]


TERMINAL = {
    Result.SENT: Counts(sent=1),
    Result.PERMANENT: Counts(refused=1),
    Result.TRANSIENT: Counts(refused=1),
    Result.UNKNOWN: Counts(unknown=1),
    SKIPPED: Counts(skipped=1),
}


def settle(n: int, outcome: Outcome, terms: Terms) -> Settlement:
    """Say what follows from *outcome* for delivery *n*."""
    attempt = outcome.parcel.attempt
    match outcome.result:
        case Result.SENT | Result.PERMANENT:
            return Settlement(_row(n, outcome), None)
        case Result.NOT_TRIED if terms.now >= terms.expires_at:
            return Settlement(Row(n, attempt, SKIPPED, reason=Skip.EXPIRED), None)
        case Result.NOT_TRIED:
            hold = max(outcome.retry_after or 0.0, NOT_TRIED_SECONDS)
            return Settlement(None, Again(n, attempt, terms.now, hold))
        case Result.UNKNOWN if not terms.repeatable:
            return Settlement(_row(n, outcome), _in_doubt(n, attempt, terms, SILENCES))
        case _:
            again = _next(n, attempt, terms, outcome.retry_after)
            given_up = again is None and outcome.result is Result.TRANSIENT
            row = _row(n, outcome, Result.PERMANENT if given_up else outcome.result)
            return Settlement(row, again)


def lost(n: int, attempt: int, terms: Terms) -> Again | None:
    """When to try again somebody whose attempt ended with the worker that made it."""
    if terms.repeatable:
        return _next(n, attempt, terms)
    return _in_doubt(n, attempt, terms, DEATHS)


def unknown(n: int, attempt: int, detail: str) -> Row:
    """What is written of an attempt whose worker was never heard of again."""
    return Row(n, attempt, Result.UNKNOWN, Scope.ADDRESS, Reason.INTERRUPTED, "", detail)


def _in_doubt(n: int, attempt: int, terms: Terms, most: int) -> Again | None:
    if terms.on_unknown is OnUnknown.HOLD or attempt > most:
        return None
    return Again(n, attempt + 1, terms.now, terms.unknown_after)


def _next(n: int, attempt: int, terms: Terms, retry_after: float | None = None) -> Again | None:
    asked = timedelta(seconds=retry_after) if retry_after else None
    due_at = next_try(
        _schedule(terms.channel),
        attempt,
        terms.now,
        n,
        retry_after=asked,
        give_up_at=terms.expires_at,
    )
    return Again(n, attempt + 1, due_at) if due_at else None


def _schedule(channel: str) -> Schedule:
    return SCHEDULES.get(channel, WEBHOOK)


def _row(n: int, outcome: Outcome, result: Result | None = None) -> Row:
    return Row(
        n,
        outcome.parcel.attempt,
        (result or outcome.result).value,
        outcome.scope.value,
        outcome.reason.value,
        outcome.code,
        outcome.detail,
        outcome.reference,
    )
