"""Finds what a killed worker left in doubt, and says so."""

from channels.registry import Unavailable
from service.db.unit_of_work import UnitOfWork
from service.deliveries.late import told_already
from service.deliveries.models import Slice
from service.deliveries.queries import lane_two, outcomes, restored, slices
from service.deliveries.queries.slices import Counts
from service.deliveries.settling import Terms, lost, unknown
from service.publications.models import Publication
from service.publications.plans import OnUnknown
from service.runtime import Runtime

NEVER_HEARD = "the worker that sent it was not heard of again"


def recover(rt: Runtime) -> int:
    """Settle as `unknown` what was marked under leases that ran out; return how many.

    One lease a transaction: however many workers died, nobody waits long for the database.
    """
    found = 0
    for step in (_recover_slice, _recover_single):
        while (more := step(rt)) is not None:
            found += more
    return found


def _recover_slice(rt: Runtime) -> int | None:
    with rt.work() as uow:
        session = uow.session
        row = slices.expired_lease(session)
        if row is None:
            return None
        numbers = slices.lost_numbers(session, row)
        terms = _terms(rt, uow, row, row.owner)
        again = [each for n in numbers if (each := lost(n, 1, terms))]
        counts = Counts(unknown=len(numbers) - len(again), moved=len(again))
        slices.settle(session, row.id, row.marked_upto or 0, counts)
        rows = [unknown(n, 1, NEVER_HEARD) for n in numbers]
        outcomes.record(session, row.rollout_id, rows, uow.now)
        lane_two.add(session, slices.lane_of(session, row.rollout_id, row.channel), again)
        slices.free(session, row)
        return len(numbers)


def _recover_single(rt: Runtime) -> int | None:
    with rt.work() as uow:
        session = uow.session
        row = lane_two.expired_lease(session)
        if row is None:
            return None
        lane = session.get_one(Slice, row.slice_id)
        told = bool(told_already(uow, [row]))
        again = None if told else lost(row.n, row.attempt, _terms(rt, uow, lane, row.owner))
        doubtful = unknown(row.n, row.attempt, NEVER_HEARD)
        outcomes.record(session, row.rollout_id, [doubtful], uow.now)
        if again:
            lane_two.put_back(session, [(row, again)])
        else:
            lane_two.finish(session, [row])
            counts = Counts(moved=-1, sent=1) if told else Counts(moved=-1, unknown=1)
            slices.count_people(session, lane, {row.n: counts})
        return 1


def _terms(rt: Runtime, uow: UnitOfWork, row: Slice, owner: str | None) -> Terms:
    # A restored database may lag behind by hours, not by one batch: its doubts wait for a person.
    policy = OnUnknown.HOLD if owner == restored.OWNER else OnUnknown(row.on_unknown)
    publication = uow.session.get_one(Publication, row.publication_id)
    return Terms(
        channel=row.channel,
        repeatable=_is_repeatable(rt, row.channel),
        on_unknown=policy,
        unknown_after=rt.settings.unknown_after,
        expires_at=publication.expires_at,
        now=uow.now,
    )


def _is_repeatable(rt: Runtime, channel: str) -> bool:
    try:
        return rt.channels.push(channel).traits.repeatable
    except Unavailable:
        return False
