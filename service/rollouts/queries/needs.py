"""What dependencies are asked of: other rollouts, teams' words, the freeze calendar."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.publications.models import Publication, Purpose
from service.rollouts.models import (
    Acknowledgement,
    Freeze,
    PauseReason,
    Rollout,
    RolloutState,
    Stage,
    StageState,
)


def newest_words(session: Session, rollout_id: int) -> Sequence[Acknowledgement]:
    """The newest word of each team about a rollout, by team."""
    newest = (
        select(func.max(Acknowledgement.id))
        .where(Acknowledgement.rollout_id == rollout_id)
        .group_by(Acknowledgement.team)
    )
    return session.scalars(
        select(Acknowledgement).where(Acknowledgement.id.in_(newest)).order_by(Acknowledgement.team)
    ).all()


def passed_stages(session: Session, rollout_id: int) -> Collection[int]:
    """The numbers of the stages of a rollout that have passed."""
    return session.scalars(
        select(Stage.no).where(Stage.rollout_id == rollout_id, Stage.state == StageState.PASSED)
    ).all()


def freezes(session: Session, since: datetime) -> Sequence[Freeze]:
    """The periods of the calendar that end after *since* and were not lifted, in order."""
    return session.scalars(
        select(Freeze)
        .where(Freeze.ends_at > since, Freeze.lifted_at.is_(None))
        .order_by(Freeze.starts_at, Freeze.id)
    ).all()


def frozen(session: Session, now: datetime) -> Freeze | None:
    """The period of the calendar that holds at *now* and ends last."""
    return session.scalar(
        select(Freeze)
        .where(Freeze.starts_at <= now, Freeze.ends_at > now, Freeze.lifted_at.is_(None))
        .order_by(Freeze.ends_at.desc())
        .limit(1)
    )


def freeze_named(session: Session, public_id: str) -> Freeze | None:
    """The period the outside calls *public_id*, locked."""
    return session.scalar(select(Freeze).where(Freeze.public_id == public_id).with_for_update())


def under_way(session: Session) -> Sequence[Rollout]:
    """Rollouts to many that may leave, or that wait for what they depend on."""
    open_ones = Rollout.state.in_((RolloutState.SCHEDULED, RolloutState.RUNNING))
    held = (Rollout.state == RolloutState.PAUSED) & (Rollout.pause_reason == PauseReason.DEPENDENCY)
    return session.scalars(
        select(Rollout)
        .join(Publication, Publication.id == Rollout.publication_id)
        .where(
            Publication.purpose == Purpose.BULK,
            ~Publication.subject.startswith("digest:"),
            open_ones | held,
        )
        .order_by(Rollout.id)
    ).all()
