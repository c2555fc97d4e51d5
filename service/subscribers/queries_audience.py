"""Turns an audience into SQL: one SELECT, whatever its size."""

from collections.abc import Mapping, Sequence

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.pages.models import Component
from service.subscribers.audience import Audience
from service.subscribers.models import (
    Address,
    Categories,
    Consent,
    Done,
    Reached,
    SubscribedComponent,
    SubscribedEvent,
    SubscribedSection,
    Subscriber,
    Subscription,
)

COLUMNS = {"page": Subscription.page_id, "list": Subscription.list_id}


def selection(audience: Audience) -> Select[int, str, str, str, int, int]:
    """Select address_id, channel, lane, timezone, shuffle_key and matched of an audience.

    *matched* has a bit for each target whose subscription let the message through.
    """
    if audience.reached:
        return _reached(audience.reached)
    wanted = [_wants(audience, kind, key) for kind, key in audience.targets]
    return (
        select(
            Address.id.label("address_id"),
            Address.channel,
            Address.lane,
            Subscriber.timezone,
            Subscriber.shuffle_key,
            _bits(wanted).label("matched"),
        )
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .where(_belongs(audience), *_but(audience))
    )


def _belongs(audience: Audience) -> ColumnElement[bool]:
    """Whom an audience takes in: one EXISTS for all of its targets, on its own where it can be.

    PostgreSQL reads a lone EXISTS as a join; inside an OR it would be asked once for each address.
    """
    lets = [_lets_through(audience, kind, key) for kind, key in audience.targets]
    by_consent = _has_subscription(or_(*lets)) if lets else false()
    if not audience.addresses:
        return by_consent
    return or_(Address.id.in_(audience.addresses), by_consent)


def _but(audience: Audience) -> list[ColumnElement[bool]]:
    """Whom an audience leaves out, whatever they subscribed to."""
    conditions: list[ColumnElement[bool]] = [false()] if audience.nobody else []
    if audience.undone:
        done = exists().where(
            Done.subscriber_id == Address.subscriber_id, Done.subject == audience.undone
        )
        conditions.append(~done)
    return conditions


def _reached(rollout_id: int) -> Select[int, str, str, str, int, int]:
    return (
        select(
            Address.id.label("address_id"),
            Address.channel,
            Address.lane,
            Subscriber.timezone,
            Subscriber.shuffle_key,
            Reached.matched.label("matched"),
        )
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .join(Reached, Reached.address_id == Address.id)
        .where(Reached.rollout_id == rollout_id)
    )


def sizes(session: Session, audience: Audience) -> Sequence[tuple[str, str, int]]:
    """How many people there are by (channel, timezone)."""
    chosen = selection(audience).subquery()
    statement = (
        select(chosen.c.channel, chosen.c.timezone, func.count())
        .group_by(chosen.c.channel, chosen.c.timezone)
        .order_by(chosen.c.channel, chosen.c.timezone)
    )
    return [(channel, zone, count) for channel, zone, count in session.execute(statement)]


def size(session: Session, audience: Audience) -> int:
    """How many addresses an audience has now."""
    return session.scalar(select(func.count()).select_from(selection(audience).subquery())) or 0


def by_target(session: Session, audience: Audience) -> Mapping[tuple[str, int], int]:
    """How many addresses each target contributes; somebody in two counts in both."""
    chosen = selection(audience).subquery()
    counts = [
        func.sum(case((chosen.c.matched.bitwise_and(1 << bit) != 0, 1), else_=0))
        for bit in range(len(audience.targets))
    ]
    if not counts:
        return {}
    row = session.execute(select(*counts)).one()
    return {target: count or 0 for target, count in zip(audience.targets, row, strict=True)}


def _bits(wanted: Sequence[ColumnElement[bool]]) -> ColumnElement[int]:
    if len(wanted) == 1:
        return literal(1)  # the WHERE clause says so already
    total: ColumnElement[int] = literal(0)
    for bit, condition in enumerate(wanted):
        total = total + case((condition, 1 << bit), else_=0)
    return total


def _wants(audience: Audience, kind: str, key: int) -> ColumnElement[bool]:
    return _has_subscription(_lets_through(audience, kind, key))


def _has_subscription(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        Subscription.address_id == Address.id,
        Subscription.state == Consent.ACTIVE,
        condition,
    )


def _lets_through(audience: Audience, kind: str, key: int) -> ColumnElement[bool]:
    """Whether a subscription is to a target, and its filters let the message through."""
    return and_(COLUMNS[kind] == key, _filters(audience) if kind == "page" else true())


def _filters(audience: Audience) -> ColumnElement[bool]:
    """The page filters of one subscription; an event followed on its own passes them all."""
    passes = and_(*page_filters(audience).values())
    return or_(passes, _follows_event(audience.subject)) if audience.subject else passes


def page_filters(audience: Audience) -> Mapping[str, ColumnElement[bool]]:
    """What a subscription to a page must let through, by name, in the order in which it is told."""
    conditions: dict[str, ColumnElement[bool]] = {}
    if audience.category.upper() in Categories.__members__:
        bit = Categories[audience.category.upper()]
        conditions["category"] = Subscription.categories.bitwise_and(int(bit)) != 0
    if audience.category == "incident":
        # Only incidents have a severity to speak of: a maintenance would never pass "major".
        conditions["severity"] = Subscription.minimum_severity <= audience.severity
    if audience.moment:
        conditions["moment"] = Subscription.moments.bitwise_and(audience.moment) != 0
    conditions["components"] = _follows(audience.components)
    return conditions


def _follows_event(subject: str) -> ColumnElement[bool]:
    return exists().where(
        SubscribedEvent.subscription_id == Subscription.id, SubscribedEvent.subject == subject
    )


def _follows(components: Sequence[int]) -> ColumnElement[bool]:
    if not components:  # it concerns the page: everybody but who follows single events
        return or_(
            Subscription.is_everything,
            _any_of(SubscribedComponent.subscription_id),
            _any_of(SubscribedSection.subscription_id),
        )
    sections = select(Component.section_id).where(Component.id.in_(components))
    return or_(
        Subscription.is_everything,
        exists().where(
            SubscribedComponent.subscription_id == Subscription.id,
            SubscribedComponent.component_id.in_(components),
        ),
        exists().where(
            SubscribedSection.subscription_id == Subscription.id,
            SubscribedSection.section_id.in_(sections),
        ),
    )


def _any_of(owner: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return exists().where(owner == Subscription.id)
