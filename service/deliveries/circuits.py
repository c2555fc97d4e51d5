"""Spares an address that fails: after a few failures it gets one attempt now and then."""

from collections.abc import Sequence

from channels.base import Outcome, Reason, Result
from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import LaneTwo, Slice
from service.deliveries.queries import circuits
from service.subscribers.models import Suppression

OPENS_AFTER = 5  # failures in a row
FIRST_PROBE = 30.0  # seconds
LONGEST_PROBE = 900.0

#: What went wrong on our side says nothing about theirs.
OURS = frozenset({Reason.RENDER, Reason.AUTH, Reason.CONTENT})

Offered = Sequence[tuple[LaneTwo, Slice]]


def admitted(uow: UnitOfWork, offered: Offered) -> Offered:
    """Return what of *offered* may be tried; the rest of a spared address waits for its probe."""
    spared = circuits.spared(uow.session, {row.address_id for row, _ in offered})
    for address_id, probe_at in spared.items():
        circuits.hold_waiting(uow.session, address_id, probe_at)
    return [pair for pair in offered if pair[0].address_id not in spared]


def judge(uow: UnitOfWork, came: Sequence[tuple[int, Outcome]]) -> None:
    """Learn how addresses do, from what came of one attempt at each."""
    took = [address_id for address_id, outcome in came if outcome.result is Result.SENT]
    if took:
        for address_id in circuits.close(uow.session, took, uow.now):
            circuits.release_waiting(uow.session, address_id)
    for address_id, outcome in came:
        is_theirs = outcome.result is not Result.NOT_TRIED and outcome.reason not in OURS
        if is_theirs and outcome.result is not Result.SENT:
            _count(uow, address_id, outcome)


def _count(uow: UnitOfWork, address_id: int, outcome: Outcome) -> None:
    """Count one more failure of an address, and spare it after a few."""
    is_gone = outcome.reason is Reason.GONE
    if is_gone and circuits.suppress(uow.session, address_id, Suppression.GONE, uow.now):
        record(uow, "endpoint.gone", f"address:{address_id}", detail=outcome.detail)
    failures = circuits.count_failure(uow.session, address_id, uow.now)
    if failures >= OPENS_AFTER:
        seconds = min(FIRST_PROBE * 2.0 ** min(failures - OPENS_AFTER, 10), LONGEST_PROBE)
        probe_at = circuits.open_for(uow.session, address_id, seconds)
        circuits.hold_waiting(uow.session, address_id, probe_at)
