"""A late answer: the far side's word on an attempt that was given up as unknown meanwhile."""

from collections.abc import Mapping, Sequence

from channels.base import Reason, Result, Scope
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import LaneTwo, Slice
from service.deliveries.queries import lane_two, outcomes, slices
from service.deliveries.queries.outcomes import Row
from service.deliveries.queries.slices import Counts
from service.deliveries.settling import TERMINAL

FINAL = (Result.SENT, Result.PERMANENT)


def resolve(uow: UnitOfWork, lane: Slice, late: Row) -> None:
    """Let *late* settle its own attempt, and call off another one that has not begun."""
    session, rollout_id = uow.session, lane.rollout_id
    written = outcomes.results(session, rollout_id, late.n)
    if late.result not in FINAL or written.get(late.attempt) != Result.UNKNOWN:
        return
    outcomes.record(session, rollout_id, [late], uow.now)
    if late.result is Result.PERMANENT and outcomes.in_doubt(session, rollout_id, [late.n]):
        return  # another attempt may have arrived all the same
    if lane_two.drop_waiting(session, rollout_id, [late.n]):
        was = Counts(moved=1)
    elif lane_two.is_in(session, rollout_id, late.n):
        return  # it is being sent again: whoever settles that finds out here what is known
    else:
        was = TERMINAL[_word(written)]
    became = slices.difference(TERMINAL[_word({**written, late.attempt: late.result})], was)
    slices.count_people(session, lane, {late.n: became})


def _word(results: Mapping[int, str]) -> Result | str:
    """The result that counts, as in the view of deliveries' states: of *results* by attempt.

    The last one, but for one that arrived, one that may have, and a refusal, in this order.
    """
    for word in (Result.SENT, Result.UNKNOWN, Result.PERMANENT):
        if word in results.values():
            return word
    return results[max(results)]


def disprove(uow: UnitOfWork, rollout_id: int, n: int, channel: str, detail: str) -> None:
    """Let the far side's word that nobody is there settle every attempt that was in doubt."""
    written = outcomes.results(uow.session, rollout_id, n)
    doubtful = [attempt for attempt, result in written.items() if result == Result.UNKNOWN]
    if not doubtful:
        return
    lane = slices.lane_of(uow.session, rollout_id, channel)
    for attempt in sorted(doubtful):
        words = (Scope.ADDRESS, Reason.UNKNOWN_RECIPIENT, "", detail)
        resolve(uow, lane, Row(n, attempt, Result.PERMANENT, *words))


def told_already(uow: UnitOfWork, rows: Sequence[LaneTwo]) -> frozenset[int]:
    """The n of those of one rollout whose earlier attempt was accepted.

    A late answer may have said so while another attempt was under way.
    """
    tried = [row.n for row in rows if row.attempt > 1]
    return outcomes.accepted(uow.session, rows[0].rollout_id, tried) if tried else frozenset()


def in_doubt(uow: UnitOfWork, rows: Sequence[LaneTwo]) -> frozenset[int]:
    """The n of those of one rollout whom an earlier attempt may have reached.

    Only the far side's word takes that back: what we leave undone later does not.
    """
    tried = [row.n for row in rows if row.attempt > 1]
    return outcomes.in_doubt(uow.session, rows[0].rollout_id, tried) if tried else frozenset()
