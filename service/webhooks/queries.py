"""Every SQL statement about endpoints but their replays': see `queries_replay`."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from service.audit.models import AuditEntry
from service.db.clock import database_seconds
from service.deliveries.models import Attempt, Circuit
from service.publications.models import Publication, Purpose
from service.rollouts.models import Rollout
from service.subscribers.models import Address, Consent, Subscription
from service.webhooks.models import Bookmark, Endpoint, EndpointWish, Growing, Notice

CHANNEL = "webhook"
KEPT = timedelta(days=30)  # how long the log of attempts remembers


def endpoint(session: Session, address_id: int) -> Endpoint | None:
    """What was decided about a webhook address."""
    return session.get(Endpoint, address_id)


def endpoint_named(session: Session, public_id: str) -> Endpoint | None:
    """The endpoint that the outside calls *public_id*."""
    return session.scalar(select(Endpoint).where(Endpoint.public_id == public_id))


def without_row(session: Session, limit: int = 500) -> Sequence[int]:
    """Webhook addresses that nothing was decided about yet."""
    return session.scalars(
        select(Address.id)
        .outerjoin(Endpoint, Endpoint.address_id == Address.id)
        .where(Address.channel == CHANNEL, Endpoint.address_id.is_(None))
        .limit(limit)
    ).all()


def page_of_endpoints(
    session: Session, after: int, most: int, owner_id: int | None = None
) -> Sequence[tuple[Endpoint, Address, Circuit | None]]:
    """Endpoints by address id, beyond *after*; those of one owner, if given."""
    statement = (
        select(Endpoint, Address, Circuit)
        .join(Address, Address.id == Endpoint.address_id)
        .outerjoin(Circuit, Circuit.address_id == Endpoint.address_id)
        .where(Endpoint.address_id > after)
        .order_by(Endpoint.address_id)
        .limit(most)
    )
    if owner_id is not None:
        statement = statement.where(Endpoint.owner_id == owner_id)
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]


def subscriptions(session: Session, addresses: Collection[int]) -> Sequence[Subscription]:
    """What some addresses subscribed to and have not ended."""
    return session.scalars(
        select(Subscription)
        .where(Subscription.address_id.in_(addresses), Subscription.state != Consent.ENDED)
        .order_by(Subscription.id)
    ).all()


def watchers(session: Session) -> Sequence[Endpoint]:
    """Endpoints that are told what happens inside."""
    found = session.scalars(
        select(Endpoint)
        .join(Address, Address.id == Endpoint.address_id)
        .where(Address.suppressed_at.is_(None), Address.verified_at.is_not(None))
    )
    return [each for each in found if each.watches]


def with_old_secrets(session: Session, now: datetime) -> Sequence[Endpoint]:
    """Those whose older secrets have signed long enough, locked."""
    return session.scalars(
        select(Endpoint).where(Endpoint.retires_at <= now).with_for_update(skip_locked=True)
    ).all()


def has_old_secrets(session: Session, now: datetime) -> bool:
    """Whether some endpoint's older secrets have signed long enough."""
    return session.scalar(select(exists().where(Endpoint.retires_at <= now))) or False


def has_old_attempts(session: Session, before: datetime) -> bool:
    """Whether the log holds attempts from before then."""
    return session.scalar(select(exists().where(Attempt.at < before))) or False


def forget_attempts(session: Session, before: datetime, most: int) -> None:
    """Take at most so many of the attempts from before then out of the log."""
    portion = select(Attempt.id).where(Attempt.at < before).limit(most).scalar_subquery()
    gone = delete(Attempt).where(Attempt.id.in_(portion))
    session.execute(gone.execution_options(synchronize_session=False))


def wishes_of(session: Session, owner_id: int, since: datetime) -> Sequence[EndpointWish]:
    """What somebody asked to be told in an owner's name and the owner has not agreed to."""
    return session.scalars(
        select(EndpointWish)
        .where(
            EndpointWish.owner_id == owner_id,
            EndpointWish.at > since,
            EndpointWish.registered_id.is_(None),
        )
        .order_by(EndpointWish.id)
    ).all()


def attempts(session: Session, address_id: int, before: int | None, most: int) -> Sequence[Attempt]:
    """The log of one address, newest first, older than attempt *before*."""
    statement = select(Attempt).where(Attempt.address_id == address_id)
    if before is not None:
        statement = statement.where(Attempt.id < before)
    return session.scalars(statement.order_by(Attempt.id.desc()).limit(most)).all()


def attempt(session: Session, address_id: int, attempt_id: int) -> Attempt | None:
    """One attempt on an address."""
    found = session.get(Attempt, attempt_id)
    return found if found and found.address_id == address_id else None


def wishes_since(session: Session, since: datetime, network: str, owner_id: int) -> tuple[int, int]:
    """How many wishes came from a network, and how many led to a mail to an owner, since then."""
    by_network = func.count().filter(EndpointWish.network == network, EndpointWish.network != "")
    by_owner = func.count().filter(EndpointWish.owner_id == owner_id)
    row = session.execute(
        select(by_network, by_owner).where(
            EndpointWish.at > since,
            or_(EndpointWish.network == network, EndpointWish.owner_id == owner_id),
        )
    ).one()
    return row[0], row[1]


def wish(session: Session, wish_id: int) -> EndpointWish | None:
    """The wish with this id."""
    return session.get(EndpointWish, wish_id)


def due_notices(session: Session, now: datetime, most: int) -> Sequence[tuple[Notice, Address]]:
    """What waits for endpoints and is due, locked, oldest first."""
    waiting = (
        select(Notice, Address)
        .join(Address, Address.id == Notice.address_id)
        .where(
            Notice.done_at.is_(None),
            Notice.due_at <= now,
            Notice.lease_until < database_seconds(),
        )
        .order_by(Notice.id)
        .limit(most)
        .with_for_update(of=Notice, skip_locked=True)
    )
    return [(row[0], row[1]) for row in session.execute(waiting)]


def lease(session: Session, notices: Collection[int], seconds: float) -> None:
    """Let some notices be ours for a while."""
    session.execute(
        update(Notice)
        .where(Notice.id.in_(notices))
        .values(lease_until=database_seconds() + seconds, fence=Notice.fence + 1)
        .execution_options(synchronize_session=False)
    )


def held_notice(session: Session, notice_id: int, fence: int) -> Notice | None:
    """A notice that is still ours, locked."""
    return session.scalar(
        select(Notice)
        .where(Notice.id == notice_id, Notice.fence == fence, Notice.done_at.is_(None))
        .with_for_update()
    )


def has_due_notices(session: Session, now: datetime) -> bool:
    """Whether something waits for an endpoint."""
    due = select(Notice.id).where(
        Notice.done_at.is_(None), Notice.due_at <= now, Notice.lease_until < database_seconds()
    )
    return session.scalar(due.limit(1)) is not None


def waiting_notices(session: Session, address_id: int) -> int:
    """How much waits for one endpoint."""
    waits = select(func.count()).where(Notice.address_id == address_id, Notice.done_at.is_(None))
    return session.scalar(waits) or 0


def publication(session: Session, publication_id: int) -> Publication:
    """The publication that a notice replays; raises NoResultFound."""
    return session.get_one(Publication, publication_id)


def bookmark(session: Session, name: str) -> Bookmark | None:
    """How far a reader has come, locked."""
    return session.scalar(select(Bookmark).where(Bookmark.name == name).with_for_update())


def last_number(session: Session, kind: type[Growing]) -> int:
    """The newest number of a table that only grows."""
    return session.scalar(select(func.max(kind.id))) or 0


def entries(session: Session, after: int, upto: int, most: int) -> Sequence[AuditEntry]:
    """Entries of the audit trail beyond *after*, *upto* included, oldest first."""
    return session.scalars(
        select(AuditEntry)
        .where(AuditEntry.id > after, AuditEntry.id <= upto)
        .order_by(AuditEntry.id)
        .limit(most)
    ).all()


def inner_rollouts(session: Session, public_ids: Collection[str]) -> frozenset[str]:
    """Those of some rollouts that are no publication to an audience."""
    if not public_ids:
        return frozenset()
    found = session.scalars(
        select(Rollout.public_id)
        .join(Publication, Publication.id == Rollout.publication_id)
        .where(Rollout.public_id.in_(public_ids), Publication.purpose != Purpose.BULK)
    )
    return frozenset(found)
