"""Every SQL statement about requests to join."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.signup.deciding import MAILED, Mailed
from service.signup.models import SignupRequest


def undecided(session: Session, request_id: int) -> SignupRequest | None:
    """The request with this id, locked, unless it was decided or another worker has it."""
    return session.scalar(
        select(SignupRequest)
        .where(SignupRequest.id == request_id, SignupRequest.decision.is_(None))
        .with_for_update(skip_locked=True)
    )


def seen(session: Session, request_id: int) -> SignupRequest | None:
    """The same, for reading."""
    return session.scalar(
        select(SignupRequest).where(
            SignupRequest.id == request_id, SignupRequest.decision.is_(None)
        )
    )


def due(session: Session, now: datetime, limit: int = 100) -> Sequence[SignupRequest]:
    """Undecided requests whose time has come, locked, oldest first."""
    return session.scalars(
        select(SignupRequest)
        .where(SignupRequest.decision.is_(None), SignupRequest.due_at <= now)
        .order_by(SignupRequest.due_at, SignupRequest.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def has_due(session: Session, now: datetime) -> bool:
    """Whether there are undecided requests whose time has come."""
    found = session.scalar(
        select(SignupRequest.id)
        .where(SignupRequest.decision.is_(None), SignupRequest.due_at <= now)
        .limit(1)
    )
    return found is not None


def submissions(session: Session, network: str, since: datetime) -> Sequence[datetime]:
    """When forms came from a network after an instant, oldest first."""
    at = func.min(SignupRequest.at)
    return session.scalars(
        select(at)
        .where(SignupRequest.network == network, SignupRequest.at > since)
        .group_by(SignupRequest.submission)
        .order_by(at)
    ).all()


def mailed(session: Session, channel: str, key: str, since: datetime) -> tuple[Mailed, ...]:
    """The requests after an instant that led to a mail to one address."""
    rows = session.scalars(
        select(SignupRequest).where(
            SignupRequest.channel == channel,
            SignupRequest.address_key == key,
            SignupRequest.at > since,
            SignupRequest.decision.in_(MAILED),
        )
    )
    return tuple(
        Mailed(row.at, row.target, row.decision) for row in rows if row.decision is not None
    )


def newest(session: Session, channel: str, key: str, target: str) -> SignupRequest | None:
    """The last request of one address for one target."""
    return session.scalar(
        select(SignupRequest)
        .where(
            SignupRequest.channel == channel,
            SignupRequest.address_key == key,
            SignupRequest.target == target,
        )
        .order_by(SignupRequest.id.desc())
        .limit(1)
    )
