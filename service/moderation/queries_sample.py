"""A few of those who would get a publication, as the workers would read them."""

from collections.abc import Sequence

from sqlalchemy import func, literal, or_, select
from sqlalchemy.orm import Session

from service.deliveries.queries.people import Person
from service.subscribers.audience import Audience
from service.subscribers.models import Address, Consent, Subscriber, Subscription
from service.subscribers.queries_audience import selection


def sample(
    session: Session, audience: Audience, channel: str, locale: str, most: int
) -> Sequence[Person]:
    """The first *most* people of *audience* on *channel* who chose *locale*."""
    chosen = selection(audience).subquery()
    consent = (
        select(func.min(Subscription.id))
        .where(
            Subscription.address_id == Address.id,
            Subscription.state == Consent.ACTIVE,
            or_(
                Subscription.page_id.in_(audience.pages),
                Subscription.list_id.in_(audience.lists),
            ),
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            func.row_number().over(order_by=Address.id),
            chosen.c.matched,
            literal(0),
            Address.id,
            Address.key,
            Address.value,
            Address.shown,
            Address.lane,
            Address.secrets,
            Address.suppressed_reason,
            Subscriber.locale,
            Subscriber.timezone,
            Subscriber.quiet_from,
            Subscriber.quiet_to,
            Subscriber.paused_until,
            Subscriber.erased_at,
            consent,
        )
        .select_from(chosen)
        .join(Address, Address.id == chosen.c.address_id)
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .where(chosen.c.channel == channel, Subscriber.locale == locale)
        .order_by(Address.id)
        .limit(most)
    )
    return [Person._make(row) for row in rows]
