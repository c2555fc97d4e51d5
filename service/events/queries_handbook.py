"""SQL of what a page's staff agreed on: criteria, duties, ways to inform."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.events.models import Duty, EventTemplate, Handbook, Outlet
from service.events.stages import STAGES


def of_page(session: Session, page_id: int) -> Handbook:
    """A page's handbook; an empty one, not stored, where nobody has written any."""
    found = session.get(Handbook, page_id)
    return found or Handbook(page_id=page_id, criteria={}, principles={}, help={})


def duties(session: Session, page_id: int) -> Sequence[Duty]:
    """A page's roles, in order."""
    return session.scalars(
        select(Duty).where(Duty.page_id == page_id).order_by(Duty.position, Duty.id)
    ).all()


def duty(session: Session, page_id: int, public_id: str) -> Duty | None:
    """One role of a page."""
    return session.scalar(select(Duty).where(Duty.page_id == page_id, Duty.public_id == public_id))


def untold(session: Session) -> Sequence[Duty]:
    """Roles whose holder does not know of them yet."""
    return session.scalars(
        select(Duty).where(Duty.staff_id.is_not(None), Duty.told_at.is_(None)).order_by(Duty.id)
    ).all()


def outlet(session: Session, page_id: int, public_id: str) -> Outlet | None:
    """One way a page's staff inform."""
    return session.scalar(
        select(Outlet).where(Outlet.page_id == page_id, Outlet.public_id == public_id)
    )


def templates(session: Session) -> Sequence[EventTemplate]:
    """Every template, by category, stage and name."""
    found = session.scalars(select(EventTemplate).order_by(EventTemplate.name)).all()
    return sorted(found, key=lambda it: (it.category, STAGES[it.category].index(it.stage), it.name))


def template(session: Session, public_id: str) -> EventTemplate | None:
    """One template."""
    return session.scalar(select(EventTemplate).where(EventTemplate.public_id == public_id))


def outlets(session: Session, page_id: int) -> Sequence[Outlet]:
    """Every way a page's staff inform, in order."""
    return session.scalars(
        select(Outlet).where(Outlet.page_id == page_id).order_by(Outlet.position, Outlet.id)
    ).all()


def public_outlets(session: Session, page_id: int) -> Sequence[Outlet]:
    """Those that the public is told of."""
    return [each for each in outlets(session, page_id) if each.is_public]
