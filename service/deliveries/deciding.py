"""May we write to this person now: a pure decision with its reason."""

from dataclasses import dataclass
from datetime import datetime

from scheduling import zones
from scheduling.waves import jitter
from scheduling.windows import QuietHours, allowed, due
from service.deliveries.brief import Brief, at_any_hour
from service.deliveries.models import Skip
from service.deliveries.queries.people import Person
from service.publications.models import Purpose
from service.subscribers.models import Frequency


@dataclass(frozen=True, slots=True)
class Leave:
    """Write now; *subscription_id* is what one leaves by the footer, None for single mail."""

    subscription_id: int | None


@dataclass(frozen=True, slots=True)
class Later:
    """Write at *due_at* of the plan's clock: it is no time to write now."""

    due_at: datetime


CONSENTED = frozenset({Purpose.BULK, Purpose.CONFIRMATION})  # what needs a consent

Decision = Leave | Later | Skip


def decide(
    person: Person,
    brief: Brief,
    now: datetime,
    *,
    is_superseded: bool,
    any_hour: bool,
) -> Decision:
    """Say whether *person* is written to now, later, or not at all."""
    if reason := _refusal(person, brief, now, is_superseded=is_superseded):
        return reason
    zone = brief.zone_of(person.timezone)
    if person.is_ramped and not zones.is_zone(zone):
        return Skip.INVALID_ZONE  # other zone data than the plan was approved with
    rule = at_any_hour(brief.rule) if any_hour or not person.is_ramped else brief.rule
    quiet = _quiet(person) if person.is_ramped and brief.manners.quiet else None
    is_open = quiet is None and brief.is_open(zone, now)  # known of the whole zone
    if brief.purpose is not Purpose.BULK or is_open or allowed(zone, now, rule, quiet):
        return Leave(person.consent_id)
    due_at = due(zone, now, rule, quiet)
    if due_at is None:
        return Skip.EXPIRED
    # Quiet hours of many end at the same :00; each gets a moment of their own soon after.
    spread = due_at + jitter(brief.publication.id or 0, person.n, brief.plan.spread_over)
    return Later(spread if allowed(zone, spread, rule, quiet) else due_at)


def _refusal(person: Person, brief: Brief, now: datetime, *, is_superseded: bool) -> Skip | None:
    """The first reason there is; one who left comes before any other, whatever the urgency."""
    is_bulk = brief.purpose is Purpose.BULK
    reasons = (
        (person.erased_at is not None, Skip.ERASED),
        (now >= brief.expires_at, Skip.EXPIRED),
        (is_superseded, Skip.SUPERSEDED),
        (brief.purpose in CONSENTED and person.consent_id is None, Skip.UNSUBSCRIBED),
        (is_bulk and bool(person.suppressed_reason), Skip.SUPPRESSED),
        (is_bulk and person.paused_until is not None and person.paused_until > now, Skip.PAUSED),
        (_wants_a_digest(person, brief), Skip.DIGESTED),
    )
    for holds, reason in reasons:
        if holds:
            return reason
    return None


def _wants_a_digest(person: Person, brief: Brief) -> bool:
    chosen = person.is_ramped and person.frequency is not Frequency.IMMEDIATE
    return chosen and brief.manners.digests


def _quiet(person: Person) -> QuietHours | None:
    if person.quiet_from is None or person.quiet_to is None:
        return None
    return QuietHours(person.quiet_from, person.quiet_to)
