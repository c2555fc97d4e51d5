"""What a preview asks about an audience: which languages, who would get nothing, and why."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from service.subscribers.audience import Audience
from service.subscribers.models import (
    Address,
    Consent,
    EndReason,
    Frequency,
    Subscriber,
    Subscription,
)
from service.subscribers.queries_audience import page_filters, selection

_WANTS_A_DIGEST = Subscriber.frequency != Frequency.IMMEDIATE


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a message respects of the wishes of those on the channels of *persons*.

    *capped* is whether an address has had as many messages as it wants; None where none counts.
    """

    persons: Collection[str] = ()
    digests: bool = False
    capped: ColumnElement[bool] | None = None


NO_WISHES = Wishes()


class Standing(StrEnum):
    """What somebody known to an audience's pages and lists would get of it now, and why."""

    CONCERNED = "concerned"
    ERASED = "erased"
    SUPPRESSED = "suppressed"
    PAUSED = "paused_by_subscriber"
    DIGESTED = "digested"  # in the digest they chose
    CAPPED = "capped"  # they have had as many messages as they want: in their digest
    CATEGORY = "category"  # their filters: not this category
    SEVERITY = "severity"  # not as mild as this
    MOMENT = "moment"  # not this stage of an event
    COMPONENTS = "components"  # none of these services
    NARROWED = "narrowed"  # the audience is a part of the subscribers, without them
    UNCONFIRMED = "unconfirmed"
    REFUSED = "refused"
    COMPLAINED = "complained"
    LEFT = "left"


def standings(
    session: Session, audience: Audience, now: datetime, wishes: Wishes = NO_WISHES
) -> Mapping[Standing, int]:
    """How many of those who ever asked for an audience's pages or lists stand how, at *now*.

    Whom a digest or a cap keeps from it now is told apart where these *wishes* are respected.
    """
    known = _standings(audience, now, wishes).subquery()
    counted = select(known.c.standing, func.count()).group_by(known.c.standing)
    return {Standing(name): count for name, count in session.execute(counted)}


def standing_of(
    session: Session, audience: Audience, address_id: int, now: datetime
) -> Standing | None:
    """How one address stands at *now*; None if it never asked for any of it."""
    found = _standings(audience, now, NO_WISHES).where(Address.id == address_id)
    row = session.execute(found).one_or_none()
    return Standing(row[1]) if row else None


def by_locale(session: Session, audience: Audience) -> Sequence[tuple[str, str, int]]:
    """How many of an audience there are by (channel, language they chose)."""
    chosen = selection(audience).subquery()
    statement = (
        select(chosen.c.channel, Subscriber.locale, func.count())
        .join(Address, Address.id == chosen.c.address_id)
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .group_by(chosen.c.channel, Subscriber.locale)
        .order_by(chosen.c.channel, Subscriber.locale)
    )
    return [(channel, locale, count) for channel, locale, count in session.execute(statement)]


def skipped_zones(
    session: Session, audience: Audience, now: datetime, wishes: Wishes
) -> Mapping[str, int]:
    """How many persons of an audience would get nothing as things are, by their zone."""
    chosen = selection(audience).subquery()
    statement = (
        select(Subscriber.timezone, func.count())
        .select_from(chosen)
        .join(Address, Address.id == chosen.c.address_id)
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .where(
            chosen.c.channel.in_(wishes.persons), or_(*(holds for holds, _ in _skips(now, wishes)))
        )
        .group_by(Subscriber.timezone)
    )
    return {zone: count for zone, count in session.execute(statement)}  # noqa: C416 - rows are no pairs to dict()


def by_lane(
    session: Session, audience: Audience, lanes: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], int]:
    """How many of an audience there are behind some receiving providers, (channel, lane) each."""
    if not lanes:
        return {}
    chosen = selection(audience).subquery()
    place = (chosen.c.channel, chosen.c.lane)
    statement = select(*place, func.count()).where(tuple_(*place).in_(lanes)).group_by(*place)
    return {(channel, lane): count for channel, lane, count in session.execute(statement)}


def quiet_hours(
    session: Session, audience: Audience, channels: Collection[str]
) -> Sequence[tuple[str, time, time, int]]:
    """How many of an audience on *channels* there are by (zone, quiet from, quiet to), most first.

    Those without quiet hours are not among them.
    """
    chosen = selection(audience).subquery()
    hours = (Subscriber.timezone, Subscriber.quiet_from, Subscriber.quiet_to)
    count = func.count().label("count")
    statement = (
        select(*hours, count)
        .select_from(chosen)
        .join(Address, Address.id == chosen.c.address_id)
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .where(
            chosen.c.channel.in_(channels),
            Subscriber.quiet_from.is_not(None),
            Subscriber.quiet_to.is_not(None),
        )
        .group_by(*hours)
        .order_by(count.desc(), *hours)
    )
    return [
        (zone, start, end, people)
        for zone, start, end, people in session.execute(statement)
        if start is not None and end is not None
    ]


def _standings(audience: Audience, now: datetime, wishes: Wishes) -> Select[int, str]:
    chosen = selection(audience).subquery()
    is_chosen = chosen.c.address_id.is_not(None)
    return (
        select(Address.id, _standing(audience, is_chosen, now, wishes))
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .outerjoin(chosen, chosen.c.address_id == Address.id)
        .where(or_(chosen.c.address_id.is_not(None), _asked(audience)))
    )


def _standing(
    audience: Audience, is_chosen: ColumnElement[bool], now: datetime, wishes: Wishes
) -> ColumnElement[str]:
    """The first reason there is, in the order in which a delivery would meet them."""
    active = Subscription.state == Consent.ACTIVE
    erased, *others = _skips(now, wishes)
    reasons = [
        erased,
        *((is_chosen & holds, reason) for holds, reason in others),
        (is_chosen, Standing.CONCERNED),
    ]
    passed: list[ColumnElement[bool]] = []
    for name, condition in page_filters(audience).items():
        passed.append(condition)
        stopped = _asked(audience, active) & ~_asked(audience, active, *passed)
        reasons.append((stopped, Standing(name)))
    reasons += [
        (_asked(audience, active), Standing.NARROWED),
        (_asked(audience, Subscription.state == Consent.PENDING), Standing.UNCONFIRMED),
        (_asked(audience, Subscription.ended_reason == EndReason.COMPLAINT), Standing.COMPLAINED),
        (_asked(audience, Subscription.ended_reason == EndReason.REFUSED), Standing.REFUSED),
    ]
    return case(
        *((holds, literal(reason.value, String())) for holds, reason in reasons),
        else_=literal(Standing.LEFT.value, String()),
    ).label("standing")


def _skips(now: datetime, wishes: Wishes) -> list[tuple[ColumnElement[bool], Standing]]:
    """Why somebody whom a message concerns would get nothing of it at *now*."""
    is_person = Address.channel.in_(wishes.persons)
    reasons: list[tuple[ColumnElement[bool], Standing]] = [
        (Subscriber.erased_at.is_not(None), Standing.ERASED),
        (Address.suppressed_reason != "", Standing.SUPPRESSED),
        (Subscriber.paused_until > now, Standing.PAUSED),
    ]
    if wishes.digests:
        reasons.append((is_person & _WANTS_A_DIGEST, Standing.DIGESTED))
    if wishes.capped is not None:
        reasons.append((is_person & wishes.capped, Standing.CAPPED))
    return reasons


def _asked(audience: Audience, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether an address has a subscription to any of the audience's targets, such as these."""
    return exists().where(
        Subscription.address_id == Address.id,
        or_(
            Subscription.page_id.in_(audience.pages),
            Subscription.list_id.in_(audience.lists),
        ),
        *conditions,
    )
