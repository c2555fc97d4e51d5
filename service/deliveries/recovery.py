"""Finds what a killed worker left in doubt, and says so."""

from channels.registry import Unavailable
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import LaneTwo, Slice
from service.deliveries.queries import lane_two, outcomes, slices
from service.deliveries.queries.slices import Counts
from service.deliveries.settling import Terms, lost, unknown
from service.publications.models import Publication
from service.publications.plans import OnUnknown
from service.runtime import Runtime

NEVER_HEARD = "the worker that sent it was not heard of again"


def recover(rt: Runtime) -> int:
    """Settle as `unknown` what was marked under leases that ran out; return how many."""
    with rt.work() as uow:
        found = [_recover_slice(rt, uow, row) for row in slices.expired_leases(uow.session)]
        found += [_recover_single(rt, uow, row) for row in lane_two.expired_leases(uow.session)]
        return sum(found)


def _recover_slice(rt: Runtime, uow: UnitOfWork, row: Slice) -> int:
    session, upto = uow.session, row.marked_upto or 0
    numbers = slices.lost_numbers(session, row)
    terms = _terms(rt, uow, row)
    known = slices.settled_of_lost(session, row)
    again = [each for n in numbers if (each := lost(n, 1, terms))]
    doubtful = Counts(unknown=len(numbers) - len(again), moved=len(again))
    total = Counts(*map(sum, zip(known, doubtful, strict=True)))
    slices.settle(session, row.id, upto, total)
    rows = [unknown(n, 1, NEVER_HEARD) for n in numbers]
    outcomes.record(session, row.rollout_id, rows, uow.now)
    lane_two.add(session, slices.lane_of(session, row.rollout_id, row.channel), again)
    slices.free(session, row)
    return len(numbers)


def _recover_single(rt: Runtime, uow: UnitOfWork, row: LaneTwo) -> int:
    session, lane = uow.session, uow.session.get_one(Slice, row.slice_id)
    again = lost(row.n, row.attempt, _terms(rt, uow, lane))
    outcomes.record(session, row.rollout_id, [unknown(row.n, row.attempt, NEVER_HEARD)], uow.now)
    if again:
        lane_two.put_back(session, row, again)
    else:
        lane_two.finish(session, row)
        slices.count(session, lane.id, Counts(unknown=1))
    return 1


def _terms(rt: Runtime, uow: UnitOfWork, row: Slice) -> Terms:
    publication = uow.session.get_one(Publication, row.publication_id)
    return Terms(
        channel=row.channel,
        repeatable=_is_repeatable(rt, row.channel),
        on_unknown=OnUnknown(row.on_unknown),
        unknown_after=rt.settings.unknown_after,
        expires_at=publication.expires_at,
        now=uow.now,
    )


def _is_repeatable(rt: Runtime, channel: str) -> bool:
    try:
        return rt.channels.push(channel).traits.repeatable
    except Unavailable:
        return False
