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
    of_address = ("key", "value", "shown", "lane", "secrets", "options", "suppressed_reason")
    of_owner = (
        "locale", "timezone", "quiet_from", "quiet_to", "paused_until", "erased_at",
    )  # fmt: skip
    rows = session.execute(
        select(
            func.row_number().over(order_by=Address.id).label("n"),
            chosen.c.matched,
            literal(0).label("rank"),
            Address.id.label("address_id"),
            *(getattr(Address, name) for name in of_address),
            *(getattr(Subscriber, name) for name in of_owner),
            consent.label("consent_id"),
        )
        .select_from(chosen)
        .join(Address, Address.id == chosen.c.address_id)
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .where(chosen.c.channel == channel, Subscriber.locale == locale)
        .order_by(Address.id)
        .limit(most)
    )
    return [Person(**row) for row in rows.mappings()]
