"""Every SQL statement about launches."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from service.deliveries.models import DeliveryState
from service.deliveries.queries.accounts import DELIVERY_STATE
from service.launches.models import Launch, LaunchAlarm, LaunchMark, LaunchSeed, LaunchTrouble
from service.rollouts.models import Decision, DecisionKind, PauseReason, Rollout

TROUBLE = (DecisionKind.NO_GO, DecisionKind.ABORT, DecisionKind.TROUBLE)
#: What those are told of who are not on standby.
NEWS = (DecisionKind.START, DecisionKind.COMPLETE)
#: Pauses that nobody wanted; a manual one, or one that waits for something, is no trouble.
TROUBLED = (
    PauseReason.CAPACITY,
    PauseReason.CHANGED,
    PauseReason.CLOCK,
    PauseReason.ERROR,
    PauseReason.RESTORED,
    PauseReason.TZDB,
)


def is_trouble(decision: Decision) -> bool:
    """Whether those on standby are told of it."""
    return decision.kind in TROUBLE or decision.reason in TROUBLED


def launches(session: Session) -> Sequence[Launch]:
    """All launches, newest first."""
    return session.scalars(select(Launch).order_by(Launch.id.desc())).all()


def by_slug(session: Session, slug: str) -> Launch | None:
    """The launch called *slug*."""
    return session.scalar(select(Launch).where(Launch.slug == slug))


def of_publication(session: Session, publication_id: int) -> Sequence[Launch]:
    """The launches that are about a publication."""
    return session.scalars(
        select(Launch).where(Launch.publication_id == publication_id).order_by(Launch.id)
    ).all()


def marks(session: Session, launch_id: int) -> Mapping[str, LaunchMark]:
    """What was done or waived, by its key."""
    found = session.scalars(select(LaunchMark).where(LaunchMark.launch_id == launch_id))
    return {each.key: each for each in found}


def seeds(session: Session, launch_id: int, content: str) -> Mapping[str, LaunchSeed]:
    """The tests of the content with this hash, by address."""
    found = session.scalars(
        select(LaunchSeed).where(LaunchSeed.launch_id == launch_id, LaunchSeed.hash == content)
    )
    return {each.address: each for each in found}


def arrived(session: Session, rollouts: Sequence[int]) -> frozenset[int]:
    """Which of some single messages the far side accepted."""
    view = DELIVERY_STATE.c
    return frozenset(
        session.scalars(
            select(view.rollout_id).where(
                view.rollout_id.in_(rollouts), view.state == DeliveryState.ACCEPTED.value
            )
        )
    )


def alarms(session: Session, since: datetime) -> Sequence[tuple[int, int]]:
    """(launch, decision) of news and trouble after *since* that parties were not told of."""
    told = exists().where(
        LaunchAlarm.launch_id == Launch.id, LaunchAlarm.decision_id == Decision.id
    )
    statement = (
        select(Launch.id, Decision.id)
        .join(Rollout, Rollout.publication_id == Launch.publication_id)
        .join(Decision, Decision.rollout_id == Rollout.id)
        .where(Decision.kind.in_((*NEWS, *TROUBLE)) | Decision.reason.in_(TROUBLED))
        .where(Decision.at > since, ~told)
        .order_by(Decision.id)
    )
    return [(launch, decision) for launch, decision in session.execute(statement)]


def troubles(session: Session, launch_id: int) -> Sequence[LaunchTrouble]:
    """What people said was wrong before there was a rollout, in order."""
    return session.scalars(
        select(LaunchTrouble).where(LaunchTrouble.launch_id == launch_id).order_by(LaunchTrouble.id)
    ).all()


def untold(session: Session, since: datetime) -> Sequence[int]:
    """The troubles after *since* that those on standby were not told of, by id."""
    return session.scalars(
        select(LaunchTrouble.id)
        .where(LaunchTrouble.told_at.is_(None), LaunchTrouble.at > since)
        .order_by(LaunchTrouble.id)
    ).all()


def claim_trouble(session: Session, trouble_id: int, now: datetime) -> LaunchTrouble | None:
    """Note that those on standby are told of it; None if another ticker was faster."""
    return session.scalar(
        update(LaunchTrouble)
        .where(LaunchTrouble.id == trouble_id, LaunchTrouble.told_at.is_(None))
        .values(told_at=now)
        .returning(LaunchTrouble)
    )
