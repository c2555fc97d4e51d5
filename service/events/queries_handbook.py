"""SQL of what a page's staff agreed on: criteria, duties, ways to inform."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.events.models import Handbook, Outlet


def of_page(session: Session, page_id: int) -> Handbook:
    """A page's handbook; an empty one, not stored, where nobody has written any."""
    found = session.get(Handbook, page_id)
    return found or Handbook(page_id=page_id, help={})


def outlets(session: Session, page_id: int) -> Sequence[Outlet]:
    """Every way a page's staff inform, in order."""
    return session.scalars(
        select(Outlet).where(Outlet.page_id == page_id).order_by(Outlet.position, Outlet.id)
    ).all()


def public_outlets(session: Session, page_id: int) -> Sequence[Outlet]:
    """Those that the public is told of."""
    return [each for each in outlets(session, page_id) if each.is_public]
