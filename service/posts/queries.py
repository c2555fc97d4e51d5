"""Every SQL statement about what was sent to lists, and how many are on them."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.publications.models import Publication, PublicationList, PublicationState
from service.subscribers.models import Consent, Subscription


def members(session: Session) -> dict[int, int]:
    """How many addresses are on each list, by its id."""
    rows = session.execute(
        select(Subscription.list_id, func.count())
        .where(Subscription.list_id.is_not(None), Subscription.state == Consent.ACTIVE)
        .group_by(Subscription.list_id)
    )
    return {list_id: count for list_id, count in rows if list_id is not None}


def newest(session: Session, list_id: int, limit: int = 20) -> Sequence[Publication]:
    """The newest messages to a list, whatever became of them, but for what was written anew."""
    return session.scalars(
        select(Publication)
        .join(PublicationList, PublicationList.publication_id == Publication.id)
        .where(
            PublicationList.list_id == list_id,
            Publication.category == "message",
            Publication.state != PublicationState.REPLACED,
        )
        .order_by(Publication.id.desc())
        .limit(limit)
    ).all()
