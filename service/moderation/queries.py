"""Every SQL statement of the moderation queue."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.lists.models import MailingList
from service.pages.models import Page
from service.publications.models import Publication
from service.rollouts.models import Rollout
from service.subscribers.audience import Audience


def rollout_of(session: Session, publication_id: int) -> Rollout | None:
    """The rollout a publication leaves by, once it is approved."""
    return session.scalar(
        select(Rollout)
        .where(Rollout.publication_id == publication_id)
        .order_by(Rollout.id.desc())
        .limit(1)
    )


def rollouts_of(session: Session, publication_ids: Sequence[int]) -> dict[int, Rollout]:
    """The rollouts of some publications, by the publication's id."""
    found = session.scalars(
        select(Rollout).where(Rollout.publication_id.in_(publication_ids)).order_by(Rollout.id)
    )
    return {rollout.publication_id: rollout for rollout in found}


def languages_of(session: Session, audience: Audience) -> list[str]:
    """The languages that an audience's pages and lists promise, in their order."""
    promised: list[str] = []
    for table, ids in ((Page, audience.pages), (MailingList, audience.lists)):
        for languages in session.scalars(select(table.languages).where(table.id.in_(ids))):
            promised += (each for each in languages if each not in promised)
    return promised


def newest_about(session: Session, subject: str, after_id: int) -> Publication | None:
    """The newest publication about *subject* that came after another."""
    return session.scalar(
        select(Publication)
        .where(Publication.subject == subject, Publication.id > after_id)
        .order_by(Publication.id.desc())
        .limit(1)
    )
