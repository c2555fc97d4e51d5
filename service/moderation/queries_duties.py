"""Every SQL statement about who looks after what, and who is still to be told of something."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.access.models import Role, Staff
from service.db.upsert import upsert
from service.moderation.models import Duty, Notice


def duties(session: Session) -> Sequence[tuple[Duty, Staff]]:
    """Who looks after what, in a fixed order."""
    rows = session.execute(
        select(Duty, Staff)
        .join(Staff, Staff.id == Duty.staff_id)
        .where(Staff.disabled_at.is_(None))
        .order_by(Duty.target, Duty.is_backup, Staff.name)
    )
    return [(row[0], row[1]) for row in rows]


def on_duty(session: Session, targets: Collection[str]) -> Sequence[Duty]:
    """The duties of those who may still work, at any of *targets*."""
    return session.scalars(
        select(Duty)
        .join(Staff, Staff.id == Duty.staff_id)
        .where(Duty.target.in_(targets), Staff.disabled_at.is_(None))
    ).all()


def duty_at(session: Session, staff_id: int, target: str) -> Duty | None:
    """Somebody's duty at one target."""
    return session.scalar(select(Duty).where(Duty.staff_id == staff_id, Duty.target == target))


def drop_duty(session: Session, duty: Duty) -> None:
    """Remove a duty."""
    session.execute(delete(Duty).where(Duty.id == duty.id))


def staff_with(session: Session, roles: Collection[Role]) -> Sequence[Staff]:
    """Those who may work and have one of *roles*, by name."""
    return session.scalars(
        select(Staff)
        .where(Staff.role.in_(roles), Staff.disabled_at.is_(None))
        .order_by(Staff.name, Staff.id)
    ).all()


def note(
    session: Session, publication_id: int, kind: str, recipients: Collection[str], at: datetime
) -> None:
    """Remember that each of *recipients* is to be told of this; a second time changes nothing."""
    if not recipients:
        return
    session.execute(
        upsert(session, Notice).on_conflict_do_nothing(),
        [
            {"publication_id": publication_id, "kind": kind, "recipient": each, "at": at}
            for each in recipients
        ],
    )


def told(session: Session, publication_id: int) -> set[str]:
    """Who learned anything of a publication."""
    return set(
        session.scalars(select(Notice.recipient).where(Notice.publication_id == publication_id))
    )


def unsent(session: Session, limit: int = 50) -> Sequence[Notice]:
    """What is still to be told, oldest first."""
    return session.scalars(
        select(Notice).where(Notice.sent_at.is_(None)).order_by(Notice.id).limit(limit)
    ).all()
