"""How a publication is to leave: what its author asked for over the defaults of its kind."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from scheduling import zones
from service.errors import Fault, Invalid
from service.publications.models import Urgency
from service.publications.plans import Plan

#: Nothing waits longer than this to be sent.
LONGEST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Terms:
    """What an author asks for; None leaves it to the defaults."""

    plan: Plan | None = None
    urgency: Urgency | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a kind of publication gets when nobody asks; *zone* is for people without one."""

    plan: Plan
    urgency: Urgency
    lasts: timedelta
    zone: str


@dataclass(frozen=True, slots=True)
class Settled:
    """Terms with nothing left open."""

    plan: Plan
    urgency: Urgency
    expires_at: datetime


def settle(terms: Terms, defaults: Defaults, now: datetime) -> Settled:
    """Return *terms* over *defaults*; raises `Invalid`."""
    expires_at = now + defaults.lasts if terms.expires_at is None else terms.expires_at
    plan = _overlaid(terms.plan, defaults)
    if faults := list(_faults(expires_at, plan, now)):
        raise Invalid(faults)
    urgency = defaults.urgency if terms.urgency is None else terms.urgency
    return Settled(plan, urgency, expires_at)


def _overlaid(given: Plan | None, defaults: Defaults) -> Plan:
    fields: dict[str, Any] = {**defaults.plan.to_json(), "fallback_zone": defaults.zone}
    asked = given.model_dump(mode="json", exclude_unset=True) if given else {}
    gate = {**fields["gate"], **asked.get("gate", {})}
    try:
        return Plan.model_validate({**fields, **asked, "gate": gate})
    except ValidationError as error:
        raise Invalid([_fault(each["loc"], each["msg"]) for each in error.errors()]) from None


def _fault(where: tuple[int | str, ...], message: str) -> Fault:
    path = "/".join(("/plan", *map(str, where)))
    return Fault(path, message.removeprefix("Value error, "), "plan")


def _faults(expires_at: datetime, plan: Plan, now: datetime) -> Iterator[Fault]:
    if expires_at <= now:
        yield Fault("/expires_at", "is in the past", "past")
    if expires_at > min(now + LONGEST, zones.END):
        yield Fault("/expires_at", f"is more than {LONGEST.days} days ahead", "too_far")
    if plan.not_before and plan.not_before >= expires_at:
        yield Fault("/plan/not_before", "is not before expires_at", "order")
