"""Takes in what upstream systems push about a rollout: tickets, errors, alarms."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from scheduling.readings import CLOCK_SKEW
from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Fault, Invalid
from service.publications.gates import FATAL
from service.rollouts import advancing
from service.rollouts.actions import abort
from service.rollouts.finding import locked_rollout
from service.rollouts.models import OVER, Rollout, RolloutState, Signal
from service.rollouts.queries import measures, states


@dataclass(frozen=True, slots=True)
class SignalWish:
    """A number about the period [begin, end); *value* None: it could not be measured."""

    key: str
    value: float | None
    denominator: float | None
    begin: datetime
    end: datetime
    source: str


def signal(uow: UnitOfWork, public_id: str, wish: SignalWish) -> Signal:
    """Store a signal; one of corruption or security ends the rollout at once.

    The same key, source and period again replaces what was said. Raises `NotFound`, `Conflict`
    for a rollout that is over, `Invalid` for a period that cannot be or overlaps another one.
    """
    rollout = locked_rollout(uow, public_id)
    if rollout.state in OVER:
        raise Conflict(f"a rollout that is {rollout.state} takes no signals", code=rollout.state)
    row = Signal(
        rollout_id=rollout.id,
        key=wish.key,
        value=wish.value,
        denominator=wish.denominator,
        period_from=wish.begin,
        period_to=wish.end,
        source=wish.source,
        received_at=uow.now,
        by=uow.by,
    )
    if faults := list(_faults(uow, row)):
        raise Invalid(faults)
    uow.session.add(row)
    uow.session.flush()
    record(uow, "rollout.signal", f"rollout:{public_id}", key=wish.key, value=wish.value)
    _react(uow, rollout, row)
    return row


def _faults(uow: UnitOfWork, row: Signal) -> Iterator[Fault]:
    if row.period_to <= row.period_from:
        yield Fault("/to", "is not after from", "order")
    if row.period_to > uow.now + CLOCK_SKEW:
        yield Fault("/to", "is in the future: send a period once it is over", "future")
    other = measures.overlapping(uow.session, row)
    if other is not None:
        known = f"{other.period_from.isoformat()} to {other.period_to.isoformat()}"
        yield Fault("/from", f"overlaps what {row.source} said of {known}", "overlap")


def _react(uow: UnitOfWork, rollout: Rollout, row: Signal) -> None:
    """Judge at once where an alarm is raised; anything else waits for the next look."""
    if not row.value:
        return
    stages = states.stages(uow.session, rollout.id)
    stage = next((each for each in stages if each.state in advancing.ACTIVE), None)
    if row.key in FATAL:
        if stage is not None and rollout.state is RolloutState.RUNNING:
            advancing.judge_now(uow, rollout, stage, advancing.following(stages))
        if rollout.state not in OVER:
            abort(uow, rollout.public_id, f"{row.key}: raised by {row.source}")
    elif stage is not None:
        stage.judged_at = None
