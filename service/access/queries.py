"""Every SQL statement about keys, staff, sessions, links and idempotent requests."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.access.models import (
    ApiKey,
    IdempotentRequest,
    Purpose,
    Role,
    SignedLink,
    Staff,
    StaffSession,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that may act, as long as its row still says so."""

    api_key_id: int
    key: str
    fingerprint: str
    at: datetime


LINK_MEMORY = timedelta(days=90)
_Key = tuple[InstrumentedAttribute[Any], ...]  # a table's primary key


def key_with(session: Session, digest: str) -> ApiKey | None:
    """The API key with this digest, revoked or not."""
    return session.scalar(select(ApiKey).where(ApiKey.digest == digest))


def key_named(session: Session, name: str) -> ApiKey | None:
    """The API key of this name."""
    return session.scalar(select(ApiKey).where(ApiKey.name == name))


def all_keys(session: Session) -> Sequence[ApiKey]:
    """Every API key, by name."""
    return session.scalars(select(ApiKey).order_by(ApiKey.name)).all()


def staff_with_email(session: Session, email: str) -> Staff | None:
    """The member of staff with this address (as `actions.normal_email` writes it)."""
    return session.scalar(select(Staff).where(Staff.email == email))


def anybody(session: Session) -> bool:
    """Whether there is an account at all."""
    return session.scalar(select(Staff.id).limit(1)) is not None


def all_staff(session: Session) -> Sequence[Staff]:
    """Every account, by address."""
    return session.scalars(select(Staff).order_by(Staff.email)).all()


def deciders(session: Session) -> Sequence[Staff]:
    """Who may decide about what is sent: active moderators and admins, by address."""
    return session.scalars(
        select(Staff)
        .where(Staff.role.in_((Role.MODERATOR, Role.ADMIN)), Staff.disabled_at.is_(None))
        .order_by(Staff.email)
    ).all()


def staff_by_id(session: Session, staff_id: int) -> Staff | None:
    """The member of staff with this number."""
    return session.get(Staff, staff_id)


def session_with(session: Session, digest: str, now: datetime) -> tuple[StaffSession, Staff] | None:
    """The session of this digest with whom it belongs to, if it lasts and they may work."""
    row = session.execute(
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(
            StaffSession.digest == digest,
            StaffSession.ended_at.is_(None),
            StaffSession.expires_at > now,
            Staff.disabled_at.is_(None),
        )
    ).first()
    return (row[0], row[1]) if row else None


def sessions_of(session: Session, staff_id: int, now: datetime) -> Sequence[StaffSession]:
    """Where somebody is signed in, newest first."""
    return session.scalars(
        select(StaffSession)
        .where(
            StaffSession.staff_id == staff_id,
            StaffSession.ended_at.is_(None),
            StaffSession.expires_at > now,
        )
        .order_by(StaffSession.created_at.desc())
    ).all()


def end_session(session: Session, digest: str, now: datetime) -> int | None:
    """From *now* on this session opens nothing; return whose it was, None if it had ended."""
    return session.scalar(
        update(StaffSession)
        .where(StaffSession.digest == digest, StaffSession.ended_at.is_(None))
        .values(ended_at=now)
        .returning(StaffSession.staff_id)
    )


def end_sessions(session: Session, staff_id: int, now: datetime, keep: str = "") -> int:
    """End all of somebody's sessions but the one with the digest *keep*; return how many."""
    ended = session.scalars(
        update(StaffSession)
        .where(
            StaffSession.staff_id == staff_id,
            StaffSession.digest != keep,
            StaffSession.ended_at.is_(None),
            StaffSession.expires_at > now,
        )
        .values(ended_at=now)
        .returning(StaffSession.digest)
    ).all()
    return len(ended)


def link_with(session: Session, digest: str) -> SignedLink | None:
    """The signed link of this digest."""
    return session.get(SignedLink, digest)


def newest_link(session: Session, purpose: Purpose, target: str) -> SignedLink | None:
    """The newest link to *target* for *purpose*."""
    return session.scalar(
        select(SignedLink)
        .where(SignedLink.purpose == purpose, SignedLink.target == target)
        .order_by(SignedLink.created_at.desc())
        .limit(1)
    )


def use_link(session: Session, digest: str, now: datetime) -> None:
    """Note the first use of a link."""
    session.execute(
        update(SignedLink)
        .where(SignedLink.digest == digest, SignedLink.used_at.is_(None))
        .values(used_at=now)
    )


def drop_links(session: Session, targets: Collection[str]) -> None:
    """From now on no link leads to any of *targets*."""
    session.execute(delete(SignedLink).where(SignedLink.target.in_(targets)))


def staff_vouched_for(session: Session, subject: str) -> Staff | None:
    """Whoever a provider of single sign-on calls so."""
    return session.scalar(select(Staff).where(Staff.oidc_subject == subject))


def staff_with_secrets(session: Session) -> Sequence[Staff]:
    """Everybody whose second factor is kept, locked."""
    return session.scalars(select(Staff).where(Staff.totp_secret != "").with_for_update()).all()


def request_with(session: Session, api_key_id: int, key: str) -> IdempotentRequest | None:
    """What is remembered of a key's request, locked until the unit of work ends."""
    return session.scalar(
        select(IdempotentRequest)
        .where(IdempotentRequest.api_key_id == api_key_id, IdempotentRequest.key == key)
        .with_for_update()
    )


def has_old(session: Session, day_ago: datetime, now: datetime) -> bool:
    """Whether `forget_before` finds anything."""
    found = (exists(_portion(*each, 1)) for each in _old(day_ago, now))
    return any(session.scalar(select(each)) for each in found)


def forget_before(session: Session, day_ago: datetime, now: datetime, most: int) -> None:
    """Drop idempotent requests from before *day_ago*, and sessions and links long over.

    At most so many of each. An expired link offers a new one, so it is remembered for a while.
    """
    for key, is_old in _old(day_ago, now):
        gone = delete(key[0].class_).where(tuple_(*key).in_(_portion(key, is_old, most)))
        session.execute(gone.execution_options(synchronize_session=False))


def _old(day_ago: datetime, now: datetime) -> Sequence[tuple[_Key, ColumnElement[bool]]]:
    return (
        (
            (IdempotentRequest.api_key_id, IdempotentRequest.key),
            IdempotentRequest.created_at < day_ago,
        ),
        ((StaffSession.digest,), StaffSession.expires_at < day_ago),
        ((SignedLink.digest,), SignedLink.expires_at < now - LINK_MEMORY),
    )


def _portion(key: _Key, is_old: ColumnElement[bool], most: int) -> Select[Any]:
    return select(*key).where(is_old).limit(most)


def settle_request(session: Session, claim: Claim, status: int, body: dict[str, Any]) -> bool:
    """Keep the answer under *claim*; False if that claim is no longer there."""
    kept = session.execute(
        update(IdempotentRequest)
        .where(*_claimed(claim))
        .values(status=status, body=body)
        .returning(IdempotentRequest.key)
    )
    return kept.first() is not None


def release_request(session: Session, claim: Claim) -> None:
    """Drop *claim*, if nothing was answered under it."""
    session.execute(delete(IdempotentRequest).where(*_claimed(claim)))


def actor_names(session: Session, actors: Collection[str]) -> dict[str, str]:
    """What people and programs are called, by what a unit of work calls them: `staff:3`."""
    names: dict[str, str] = {}
    for kind, table in (("staff", Staff), ("key", ApiKey)):
        ids = {int(each.partition(":")[2]) for each in actors if each.startswith(f"{kind}:")}
        rows = session.execute(select(table.id, table.name).where(table.id.in_(ids)))
        names.update({f"{kind}:{row.id}": row.name for row in rows})
    return names


def _claimed(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        IdempotentRequest.api_key_id == claim.api_key_id,
        IdempotentRequest.key == claim.key,
        IdempotentRequest.created_at == claim.at,
        IdempotentRequest.status.is_(None),
    )
