"""What owners of an address change about what they get, and how they are addressed."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, time
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy.orm import Session

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import Invalid, NotFound
from service.subscribers import queries
from service.subscribers.actions import apply
from service.subscribers.filters import Choice, missing
from service.subscribers.merging import keep_newer, merge
from service.subscribers.models import (
    Consent,
    Frequency,
    Subscriber,
    Subscription,
    ZoneOrigin,
)


@dataclass(frozen=True, slots=True)
class Settings:
    """How somebody wants to be addressed."""

    locale: str
    timezone: str
    frequency: Frequency = Frequency.IMMEDIATE
    quiet: tuple[time, time] | None = None  # from, to, on their own clock
    cap: tuple[int, int] | None = None  # at most so many messages in so many hours
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of a form: whether anything changed, and whether a newer choice was kept."""

    is_changed: bool
    is_newer_kept: bool


def choices(session: Session, subscriptions: Sequence[Subscription]) -> dict[int, Choice]:
    """What each of *subscriptions* wants, by id."""
    followed = queries.followed(session, [each.id for each in subscriptions])
    return {
        each.id: Choice(
            everything=each.is_everything,
            sections=followed[each.id].sections,
            components=followed[each.id].components,
            categories=each.categories,
            minimum_severity=each.minimum_severity,
            moments=each.moments,
            events=followed[each.id].events,
        )
        for each in subscriptions
    }


def change(
    uow: UnitOfWork, address_id: int, subscription_id: int, shown: Choice, wanted: Choice
) -> Saved:
    """Apply the difference between *shown* and *wanted* to a subscription of an address.

    One that is no longer active stays as it is. Raises `NotFound`, and `Invalid` where nothing
    would be left to send.
    """
    subscription = queries.locked_subscription(uow.session, subscription_id)
    if subscription is None or subscription.address_id != address_id:
        raise NotFound("this address has no such subscription")
    current = choices(uow.session, [subscription])[subscription.id]
    merged = merge(current, shown, wanted)
    if subscription.state is not Consent.ACTIVE:
        return Saved(is_changed=False, is_newer_kept=shown != wanted)
    if merged.choice == current:
        return Saved(is_changed=False, is_newer_kept=merged.is_newer_kept)
    if faults := missing(merged.choice):
        raise Invalid(faults)
    apply(uow, subscription, merged.choice)
    record(
        uow,
        "subscription.changed",
        f"subscription:{subscription.id}",
        before=current.to_json(),
        after=merged.choice.to_json(),
    )
    return Saved(is_changed=True, is_newer_kept=merged.is_newer_kept)


def settings_of(person: Subscriber) -> Settings:
    """How *person* is addressed now."""
    quiet, cap = (person.quiet_from, person.quiet_to), (person.cap_most, person.cap_hours)
    return Settings(
        locale=person.locale,
        timezone=person.timezone,
        frequency=person.frequency,
        quiet=None if quiet[0] is None or quiet[1] is None else (quiet[0], quiet[1]),
        cap=None if cap[0] is None or cap[1] is None else (cap[0], cap[1]),
        paused_until=person.paused_until,
    )


def readdress(uow: UnitOfWork, address_id: int, shown: Settings, wanted: Settings) -> Saved:
    """Apply the difference between *shown* and *wanted* to an address's subscriber.

    A new time zone holds for all that has not left yet. Raises `NotFound`.
    """
    address = queries.locked_address(uow.session, address_id)
    if address is None:
        raise NotFound("there is no such address")
    person = queries.subscriber(uow.session, address.subscriber_id)
    before = settings_of(person)
    kept = {
        each.name: keep_newer(*(getattr(of, each.name) for of in (before, shown, wanted)))
        for each in fields(Settings)
    }
    after = Settings(**{name: value for name, (value, _) in kept.items()})
    is_kept = any(is_newer for _, is_newer in kept.values())
    if after == before:
        return Saved(is_changed=False, is_newer_kept=is_kept)
    _set(person, after)
    record(uow, "subscriber.changed", f"subscriber:{person.id}", **_changes(before, after))
    return Saved(is_changed=True, is_newer_kept=is_kept)


def _set(person: Subscriber, to: Settings) -> None:
    if to.timezone != person.timezone:
        person.timezone, person.timezone_origin = to.timezone, ZoneOrigin.CHOSEN
    person.locale, person.frequency = to.locale, to.frequency
    person.quiet_from, person.quiet_to = to.quiet or (None, None)
    person.cap_most, person.cap_hours = to.cap or (None, None)
    person.paused_until = to.paused_until


def _changes(before: Settings, after: Settings) -> dict[str, Any]:
    """What differs, as the audit keeps it."""
    names = (each.name for each in fields(Settings))
    return {
        name: to_jsonable_python(getattr(after, name))
        for name in names
        if getattr(after, name) != getattr(before, name)
    }
