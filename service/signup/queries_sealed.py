"""What is kept sealed of addresses."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from service.access.sealing import SEALED
from service.subscribers.models import Address


def sealed_after(session: Session, address_id: int, most: int) -> Sequence[Address]:
    """Addresses beyond an id that are sealed or have secrets, locked, in order."""
    return session.scalars(
        select(Address)
        .where(
            Address.id > address_id,
            or_(Address.secrets != "", Address.value.startswith(SEALED, autoescape=True)),
        )
        .order_by(Address.id)
        .limit(most)
        .with_for_update()
    ).all()
