"""Every SQL statement about how publications fare in the queue."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from service.moderation.models import Handling, Policy, Vote
from service.publications.models import Publication, PublicationList, PublicationState, Purpose

MOST_PAGES = 4  # that one publication is for

BULK = Publication.purpose == Purpose.BULK


def policy(session: Session) -> Policy | None:
    """How many must agree; None for the defaults."""
    return session.get(Policy, 1)


def handling(session: Session, publication_id: int) -> Handling | None:
    """How a publication fares in the queue."""
    return session.get(Handling, publication_id)


def handlings(session: Session, publication_ids: Collection[int]) -> dict[int, Handling]:
    """How some publications fare, by the publication's id."""
    found = session.scalars(select(Handling).where(Handling.publication_id.in_(publication_ids)))
    return {each.publication_id: each for each in found}


def votes(session: Session, publication_id: int) -> Sequence[Vote]:
    """The approvals of a publication, oldest first."""
    return session.scalars(
        select(Vote).where(Vote.publication_id == publication_id).order_by(Vote.at, Vote.id)
    ).all()


def vote_counts(session: Session, publication_ids: Collection[int]) -> dict[int, int]:
    """How many approvals some publications have, by id."""
    rows = session.execute(
        select(Vote.publication_id, func.count())
        .where(Vote.publication_id.in_(publication_ids))
        .group_by(Vote.publication_id)
    )
    return {row[0]: row[1] for row in rows}


def held(session: Session) -> Sequence[tuple[Publication, Handling | None]]:
    """What waits for a moderator with how it fares, the most urgent first, then the oldest."""
    rows = session.execute(
        select(Publication, Handling)
        .outerjoin(Handling, Handling.publication_id == Publication.id)
        .where(Publication.state == PublicationState.HELD)
        .order_by(Publication.urgency.desc(), Publication.created_at, Publication.id)
    )
    return [(row[0], row[1]) for row in rows]


def overdue(session: Session, now: datetime, since: datetime) -> Sequence[Publication]:
    """What is held past its expiry at *now*, or untouched since before *since*."""
    waiting = func.coalesce(Handling.held_until, Publication.created_at)
    return session.scalars(
        select(Publication)
        .outerjoin(Handling, Handling.publication_id == Publication.id)
        .where(
            Publication.state == PublicationState.HELD,
            or_(Publication.expires_at <= now, waiting <= since),
        )
    ).all()


def unsettled(session: Session, limit: int = 100) -> Sequence[tuple[Publication, Handling]]:
    """What was decided without that everybody was told how."""
    rows = session.execute(
        select(Publication, Handling)
        .join(Handling, Handling.publication_id == Publication.id)
        .where(Publication.state != PublicationState.HELD, Handling.settled_at.is_(None))
        .order_by(Publication.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def to_review(session: Session) -> Sequence[Publication]:
    """What left without the approvals it would have needed, and nobody has reviewed."""
    return session.scalars(
        select(Publication)
        .join(Handling, Handling.publication_id == Publication.id)
        .where(Handling.review_since.is_not(None), Handling.reviewed_at.is_(None))
        .order_by(Handling.review_since)
    ).all()


def before(session: Session, publication: Publication) -> Publication | None:
    """What a revision was written over."""
    if publication.revision <= 1:
        return None
    return session.scalar(
        select(Publication)
        .where(
            Publication.subject == publication.subject,
            Publication.state == PublicationState.REPLACED,
            Publication.id < publication.id,
        )
        .order_by(Publication.id.desc())
        .limit(1)
    )


def decisions(
    session: Session,
    *,
    words: str = "",
    category: str = "",
    state: str = "",
    list_id: int | None = None,
    page_id: int | None = None,
    before_id: int | None = None,
    limit: int = 25,
) -> Sequence[Publication]:
    """Past decisions, newest first: those whose title, body or comment holds *words*."""
    conditions: list[ColumnElement[bool]] = [BULK, Publication.decided_at.is_not(None)]
    if words:
        conditions.append(_mentions(words))
    if category:
        conditions.append(Publication.category == category)
    if state:
        conditions.append(Publication.state == state)
    if list_id is not None:
        listed = select(PublicationList.publication_id).where(PublicationList.list_id == list_id)
        conditions.append(Publication.id.in_(listed))
    if page_id is not None:
        # An audience has few pages; each stands in its document by its number.
        pages = Publication.audience["pages"]
        conditions.append(or_(*(pages[i].as_integer() == page_id for i in range(MOST_PAGES))))
    if before_id is not None:
        conditions.append(Publication.id < before_id)
    return session.scalars(
        select(Publication).where(and_(*conditions)).order_by(Publication.id.desc()).limit(limit)
    ).all()


def _mentions(words: str) -> ColumnElement[bool]:
    texts = Publication.content["texts"]
    parts = [
        texts[language][part].as_string().icontains(words, autoescape=True)
        for language in ("fr", "en")
        for part in ("title", "body")
    ]
    return or_(Publication.comment.icontains(words, autoescape=True), *parts)


def publications(
    session: Session,
    *,
    state: str | None = None,
    by: str = "",
    before_id: int | None = None,
    limit: int = 50,
) -> Sequence[Publication]:
    """Bulk publications, newest first: in *state*, submitted *by*, older than *before_id*."""
    conditions = [BULK]
    if state:
        conditions.append(Publication.state == state)
    if by:
        conditions.append(Publication.submitted_by == by)
    if before_id is not None:
        conditions.append(Publication.id < before_id)
    return session.scalars(
        select(Publication).where(*conditions).order_by(Publication.id.desc()).limit(limit)
    ).all()
