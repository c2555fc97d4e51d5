"""Every SQL statement about the archives of lists: what has started to leave, nothing else."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.lists.models import MailingList
from service.publications.models import Publication, PublicationList


def archives(session: Session) -> Sequence[MailingList]:
    """The lists whose messages everybody may read, retired ones included, in order."""
    return session.scalars(
        select(MailingList)
        .where(MailingList.has_archive.is_(True))
        .order_by(MailingList.position, MailingList.id)
    ).all()


def archive(session: Session, slug: str) -> MailingList | None:
    """The list called *slug*, if everybody may read its messages."""
    return session.scalar(
        select(MailingList).where(MailingList.slug == slug, MailingList.has_archive.is_(True))
    )


def messages(
    session: Session, list_id: int, limit: int, before_id: int | None = None
) -> Sequence[Publication]:
    """What was sent to a list, newest first, before the one numbered *before_id*."""
    older = [] if before_id is None else [Publication.id < before_id]
    return session.scalars(
        select(Publication)
        .join(PublicationList, PublicationList.publication_id == Publication.id)
        .where(PublicationList.list_id == list_id, Publication.started_at.is_not(None), *older)
        .order_by(Publication.id.desc())
        .limit(limit)
    ).all()


def message(session: Session, subject: str) -> Publication | None:
    """The message about *subject*, once it has started to leave."""
    return session.scalar(
        select(Publication)
        .where(Publication.subject == subject, Publication.started_at.is_not(None))
        .order_by(Publication.id.desc())
        .limit(1)
    )
