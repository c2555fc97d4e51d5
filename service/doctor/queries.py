"""What the database knows about its own health."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.rollouts.models import OVER, Rollout


def foreign_zone_data(session: Session, version: str) -> Sequence[str]:
    """Versions of zone rules, other than *version*, by which unfinished rollouts were planned."""
    statement = select(Rollout.zone_data).where(
        Rollout.state.not_in(OVER), Rollout.zone_data != version
    )
    return sorted(set(session.scalars(statement)))
