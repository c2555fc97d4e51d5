"""Every SQL statement about mailing lists."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.lists.models import MailingList


def lists(session: Session) -> Sequence[MailingList]:
    """Every list in use, in order."""
    return [each for each in every_list(session) if each.retired_at is None]


def every_list(session: Session) -> Sequence[MailingList]:
    """Every list there ever was, retired ones included, in order."""
    return session.scalars(select(MailingList).order_by(MailingList.position, MailingList.id)).all()


def list_by_slug(session: Session, slug: str) -> MailingList | None:
    """The list in use that is called *slug*."""
    return session.scalar(
        select(MailingList).where(MailingList.slug == slug, MailingList.retired_at.is_(None))
    )


def list_by_id(session: Session, list_id: int) -> MailingList | None:
    """The list with this id, retired or not."""
    return session.get(MailingList, list_id)


def any_list(session: Session, slug: str) -> MailingList | None:
    """The list called *slug*, retired or not."""
    return session.scalar(select(MailingList).where(MailingList.slug == slug))
