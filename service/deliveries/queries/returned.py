"""What came back of deliveries."""

from typing import Any

from sqlalchemy.orm import Session

from service.db.upsert import upsert
from service.deliveries.models import DeliveryEvent


def note(session: Session, **values: Any) -> bool:
    """Write what came back of one delivery; False where that was known."""
    statement = upsert(session, DeliveryEvent).values(is_void=False, **values)
    statement = statement.on_conflict_do_nothing(index_elements=["rollout_id", "n", "kind"])
    return session.scalar(statement.returning(DeliveryEvent.n)) is not None
