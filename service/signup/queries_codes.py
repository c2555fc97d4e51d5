"""The codes that people asked for, and are to type."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.signup.models import SignupDecision, SignupRequest


def codes_for(session: Session, target: str, since: datetime) -> Sequence[SignupRequest]:
    """The codes that one person asked for after an instant, newest first."""
    return session.scalars(
        select(SignupRequest)
        .where(
            SignupRequest.decision.in_((SignupDecision.CODE, SignupDecision.LIMITED)),
            SignupRequest.due_at > since,
            SignupRequest.target == target,
            SignupRequest.at > since,
        )
        .order_by(SignupRequest.id.desc())
    ).all()


def code_request(session: Session, target: str, request_id: int) -> SignupRequest | None:
    """One of them, locked until the unit of work ends."""
    return session.scalar(
        select(SignupRequest)
        .where(SignupRequest.id == request_id, SignupRequest.target == target)
        .with_for_update()
    )
