"""What of sign-up has been kept long enough, a portion at a time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, delete, exists, select
from sqlalchemy.orm import Session

from service.signup.models import SignupRequest
from service.subscribers.models import Address, Consent, Subscription


def unanswered(session: Session, before: datetime, most: int) -> Sequence[int]:
    """Ids of addresses that never said yes or no, and were last asked before then."""
    held = select(Subscription.id).where(Subscription.address_id == Address.id)
    asked = select(SignupRequest.id).where(
        SignupRequest.channel == Address.channel,
        SignupRequest.address_key == Address.key,
        SignupRequest.at >= before,
    )
    return session.scalars(
        select(Address.id)
        .where(
            Address.created_at < before,
            Address.verified_at.is_(None),
            Address.suppressed_at.is_(None),
            exists(held.where(Subscription.state == Consent.PENDING)),
            ~exists(
                held.where(
                    (Subscription.state != Consent.PENDING) | (Subscription.created_at >= before)
                )
            ),
            ~exists(asked),
        )
        .order_by(Address.id)
        .limit(most)
    ).all()


def has_old_requests(session: Session, before: datetime) -> bool:
    """Whether a request that was decided is from before then."""
    return session.scalar(select(exists(_old(before)))) or False


def forget_requests(session: Session, before: datetime, most: int) -> None:
    """Drop at most so many requests that were decided, from before then."""
    portion = _old(before).order_by(SignupRequest.id).limit(most).scalar_subquery()
    session.execute(
        delete(SignupRequest)
        .where(SignupRequest.id.in_(portion))
        .execution_options(synchronize_session=False)
    )


def _old(before: datetime) -> Select[int]:
    decided = SignupRequest.decision.is_not(None)
    return select(SignupRequest.id).where(SignupRequest.at < before, decided)
