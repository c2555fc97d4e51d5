"""Teams say whether they are ready; staff keep the calendar of freezes."""

import re
from dataclasses import dataclass
from datetime import datetime

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, NotFound, invalid
from service.rollouts import depending
from service.rollouts.finding import locked_rollout
from service.rollouts.models import OVER, Acknowledgement, Freeze
from service.rollouts.queries import needs

_TEAM = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Word:
    """What a team says of a rollout."""

    team: str
    is_ready: bool
    comment: str = ""


def acknowledge(uow: UnitOfWork, public_id: str, word: Word) -> Acknowledgement:
    """Store a team's word; a rollout that waited for it goes on, one that loses it is held.

    Raises `NotFound`, `Invalid`, and `Conflict` for a rollout that is over.
    """
    rollout = locked_rollout(uow, public_id)
    if rollout.state in OVER:
        raise Conflict(f"a rollout that is {rollout.state} waits for nobody", code=rollout.state)
    if not _TEAM.fullmatch(word.team):
        raise invalid("/team", "use small letters, digits and hyphens, such as support", "team")
    row = Acknowledgement(
        rollout_id=rollout.id,
        team=word.team,
        is_ready=word.is_ready,
        comment=word.comment,
        at=uow.now,
        by=uow.by,
    )
    uow.session.add(row)
    uow.session.flush()
    record(
        uow,
        "rollout.acknowledged",
        f"rollout:{public_id}",
        team=word.team,
        ready=word.is_ready,
        comment=word.comment,
    )
    depending.look(uow, rollout.id)
    return row


def freeze(uow: UnitOfWork, name: str, starts_at: datetime, ends_at: datetime) -> Freeze:
    """Enter a period in which nothing leaves that can wait; raises `Invalid`."""
    if not name.strip():
        raise invalid("/name", "say what it is for", "missing")
    if ends_at <= starts_at:
        raise invalid("/ends_at", "is not after starts_at", "order")
    if ends_at <= uow.now:
        raise invalid("/ends_at", "is in the past", "past")
    row = Freeze(
        name=name.strip(), starts_at=starts_at, ends_at=ends_at, created_at=uow.now, by=uow.by
    )
    uow.session.add(row)
    uow.session.flush()
    record(uow, "freeze.entered", f"freeze:{row.public_id}", name=row.name)
    return row


def lift(uow: UnitOfWork, public_id: str) -> Freeze:
    """Take a period out of the calendar; what it held goes on. Raises `NotFound`, `Conflict`."""
    row = needs.freeze_named(uow.session, public_id)
    if row is None:
        raise NotFound(f"there is no freeze {public_id}")
    if row.lifted_at is not None:
        raise Conflict("it was lifted already", code="already_lifted")
    row.lifted_at = uow.now
    record(uow, "freeze.lifted", f"freeze:{public_id}", name=row.name)
    return row
