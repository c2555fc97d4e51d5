"""Every SQL statement of the moderation queue."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.access.models import ApiKey, Staff
from service.lists.models import MailingList
from service.pages.models import Component, Page
from service.publications.models import Publication, PublicationState, Purpose
from service.rollouts.models import Rollout


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


def waiting(session: Session) -> int:
    """How many publications wait for a moderator."""
    held = select(func.count()).where(
        Publication.state == PublicationState.HELD, Publication.purpose == Purpose.BULK
    )
    return session.scalar(held) or 0


def target_names(
    session: Session, pages: Sequence[int], lists: Sequence[int]
) -> dict[tuple[str, int], dict[str, str]]:
    """What pages and lists are called, by kind and id, retired ones included."""
    names: dict[tuple[str, int], dict[str, str]] = {}
    for kind, table, ids in (("page", Page, pages), ("list", MailingList, lists)):
        rows = session.execute(select(table.id, table.name).where(table.id.in_(ids)))
        names.update({(kind, key): name for key, name in rows})
    return names


def component_names(session: Session, ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """What components are called, by id, retired ones included."""
    rows = session.execute(select(Component.id, Component.name).where(Component.id.in_(ids)))
    return {row.id: row.name for row in rows}


def actor_names(session: Session, actors: Sequence[str]) -> dict[str, str]:
    """What people and programs are called, by what a unit of work calls them: `staff:3`."""
    names: dict[str, str] = {}
    for kind, table in (("staff", Staff), ("key", ApiKey)):
        ids = [int(each.partition(":")[2]) for each in set(actors) if each.startswith(f"{kind}:")]
        rows = session.execute(select(table.id, table.name).where(table.id.in_(ids)))
        names.update({f"{kind}:{key}": name for key, name in rows})
    return names
