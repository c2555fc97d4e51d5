"""What owners of an address change about what they get, and how they are addressed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import Invalid, NotFound
from service.subscribers import queries
from service.subscribers.actions import apply
from service.subscribers.filters import Choice, missing
from service.subscribers.merging import keep_newer, merge
from service.subscribers.models import Consent, Subscription, ZoneOrigin


@dataclass(frozen=True, slots=True)
class Settings:
    """How somebody wants to be addressed."""

    locale: str
    timezone: str


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
            sections=followed[each.id][0],
            components=followed[each.id][1],
            categories=each.categories,
            minimum_severity=each.minimum_severity,
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


def readdress(uow: UnitOfWork, address_id: int, shown: Settings, wanted: Settings) -> Saved:
    """Apply the difference between *shown* and *wanted* to an address's subscriber.

    A new time zone holds for all that has not left yet. Raises `NotFound`.
    """
    address = queries.locked_address(uow.session, address_id)
    if address is None:
        raise NotFound("there is no such address")
    person = queries.subscriber(uow.session, address.subscriber_id)
    before = Settings(person.locale, person.timezone)
    locale, is_locale_kept = keep_newer(before.locale, shown.locale, wanted.locale)
    zone, is_zone_kept = keep_newer(before.timezone, shown.timezone, wanted.timezone)
    is_kept = is_locale_kept or is_zone_kept
    if Settings(locale, zone) == before:
        return Saved(is_changed=False, is_newer_kept=is_kept)
    if zone != before.timezone:
        person.timezone, person.timezone_origin = zone, ZoneOrigin.CHOSEN
    person.locale = locale
    record(uow, "subscriber.changed", f"subscriber:{person.id}", locale=locale, timezone=zone)
    return Saved(is_changed=True, is_newer_kept=is_kept)
