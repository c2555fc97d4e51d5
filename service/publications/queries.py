"""Every SQL statement about publications."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.publications.models import Publication, PublicationList, PublicationState


def by_public_id(session: Session, public_id: str) -> Publication | None:
    """The publication the outside calls *public_id*."""
    return session.scalar(select(Publication).where(Publication.public_id == public_id))


def for_decision(session: Session, public_id: str) -> Publication | None:
    """The same, locked until the unit of work ends."""
    return session.scalar(
        select(Publication).where(Publication.public_id == public_id).with_for_update()
    )


def newest_revision(session: Session, publication: Publication) -> Publication:
    """What *publication* was written anew as, itself where it was not.

    Each revision of a word is held before anything else is said about its subject.
    """
    found: Publication | None = publication
    while found is not None and found.state is PublicationState.REPLACED:
        publication = found
        following = select(Publication).where(
            Publication.subject == found.subject, Publication.id > found.id
        )
        found = session.scalar(following.order_by(Publication.id).limit(1))
    return found or publication


def last_sequence(session: Session, subject: str) -> int:
    """The number of the newest message about *subject*; 0 if there is none."""
    newest = select(func.max(Publication.sequence)).where(Publication.subject == subject)
    return session.scalar(newest) or 0


def held(session: Session, limit: int = 100) -> Sequence[Publication]:
    """What waits for a moderator, oldest first."""
    return session.scalars(
        select(Publication)
        .where(Publication.state == PublicationState.HELD)
        .order_by(Publication.created_at, Publication.id)
        .limit(limit)
    ).all()


def recent(session: Session, limit: int = 50) -> Sequence[Publication]:
    """The newest decided bulk publications."""
    return session.scalars(
        select(Publication)
        .where(Publication.decided_at.is_not(None), Publication.purpose == "bulk")
        .order_by(Publication.decided_at.desc(), Publication.id.desc())
        .limit(limit)
    ).all()


def of_list(session: Session, list_id: int, limit: int = 50) -> Sequence[Publication]:
    """A list's archive: what has started, newest first."""
    return session.scalars(
        select(Publication)
        .join(PublicationList, PublicationList.publication_id == Publication.id)
        .where(
            PublicationList.list_id == list_id,
            Publication.started_at.is_not(None),
            Publication.retracted_at.is_(None),
        )
        .order_by(Publication.started_at.desc(), Publication.id.desc())
        .limit(limit)
    ).all()


def mark_started(session: Session, publication_id: int, now: datetime) -> None:
    """From *now* on the public may read it; the first start counts."""
    session.execute(
        update(Publication)
        .where(Publication.id == publication_id, Publication.started_at.is_(None))
        .values(started_at=now)
    )
