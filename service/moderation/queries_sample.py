"""A few of those who would get a publication, as the workers would read them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import false, func, literal, or_, select
from sqlalchemy.orm import Session

from service.db.statements import table
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
    own = {
        "n": func.row_number().over(order_by=Address.id),
        "matched": chosen.c.matched,
        "rank": literal(0),
        "address_id": Address.id,
        "consent_id": consent,
        "is_late": false(),
    }
    # The others are an address's or its owner's own, by the same name: `Person` may grow.
    fields = [own[name] if name in own else _column(name) for name in Person._fields]
    rows = session.execute(
        select(*(column.label(name) for name, column in zip(Person._fields, fields, strict=True)))
        .select_from(chosen)
        .join(Address, Address.id == chosen.c.address_id)
        .join(Subscriber, Subscriber.id == Address.subscriber_id)
        .where(chosen.c.channel == channel, Subscriber.locale == locale)
        .order_by(Address.id)
        .limit(most)
    )
    return [Person._make(row) for row in rows]


def _column(name: str) -> Any:
    return getattr(Address if name in table(Address).c else Subscriber, name)
