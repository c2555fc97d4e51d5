"""The ratchet: one transaction settles the last micro-batch and marks the next.

A delivery at or below the cursor of its slice without an outcome *is* being sent: so a crash
leaves a short, known tail in doubt, and nothing is lost or sent by two.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import DBAPIError

from channels.base import Outcome, PushChannel
from channels.outcomes import complete
from service.db.unit_of_work import UnitOfWork
from service.deliveries.brief import Brief
from service.deliveries.deciding import Later, Leave
from service.deliveries.holding import apply_holds
from service.deliveries.journal import tell_failures
from service.deliveries.late import resolve
from service.deliveries.marking import decide_all, threads_of
from service.deliveries.metering import leave_alone, rates_of
from service.deliveries.models import SKIPPED, LimitScope, Skip, Slice
from service.deliveries.office import Office
from service.deliveries.pace import next_size
from service.deliveries.parcels import Going
from service.deliveries.purse import Taken
from service.deliveries.queries import lane_two, limits, outcomes, people, slices
from service.deliveries.queries.lane_two import Again
from service.deliveries.queries.limits import Metered
from service.deliveries.queries.outcomes import Row
from service.deliveries.queries.slices import Counts
from service.deliveries.settling import settle
from service.queue import Actor
from service.tracing import results, sending


@dataclass(slots=True)
class Held:
    """A slice this worker holds, and all it needs to send it."""

    row: Slice
    lane: Slice
    brief: Brief
    channel: PushChannel
    rates: Sequence[Metered]
    is_lifting: bool  # something had failed when it was claimed, and may work again

    @property
    def slowed(self) -> frozenset[str]:
        """The lanes that are sent to slowly."""
        return frozenset(each.key for each in self.rates if each.scope == LimitScope.LANE)


@dataclass(slots=True)
class Batch:
    """What was marked in one turn of the ratchet, and what came of it."""

    upto: int
    going: list[Going]
    numbers: dict[str, int] = field(default_factory=dict)  # n by parcel id
    outcomes: list[Outcome] = field(default_factory=list)


def drain(office: Office, name: str) -> None:
    """Send slices of channel *name* until none is ready, or every place is taken."""
    channel = office.channel(name)
    if channel is None:
        return
    with office.place("bulk", name) as free:
        while free and not office.rt.stopping.is_set():
            held = _claim(office, name, channel)
            if held is None:
                return
            _send(office, held)


def _claim(office: Office, name: str, channel: PushChannel) -> Held | None:
    with office.rt.work("worker") as uow:
        after = office.served.get(name, 0)
        row = slices.claim(uow.session, name, office.owner(), uow.now, office.lease, after)
        if row is None:
            return None
        office.served[name] = row.rollout_id
        if slices.has_work(uow.session, name, uow.now):
            uow.enqueue(Actor.DRAIN, name)  # somebody with a free place may help
        lane = slices.lane_of(uow.session, row.rollout_id, name)
        brief = office.brief(uow, row.publication_id)
        rates = rates_of(uow, brief, row, row.bucket)
        return Held(row, lane, brief, channel, rates, limits.any_failing(uow.session))


def _send(office: Office, held: Held) -> None:
    batch = _next(office, held, None)
    while batch is not None:
        begun = time.monotonic()
        # Rendered after the commit: no transaction is open while anything slow happens.
        batch.numbers, parcels, failed = office.composer.compose(
            held.brief, held.row.channel, held.channel, batch.going
        )
        with sending(office.rt.tracer, held.row.channel, len(parcels)) as span:
            sent = held.channel.send(parcels, office.deadline())
            batch.outcomes = [*failed, *complete(parcels, sent)]
            span.tell(results(batch.outcomes))
        _pace(office, held.row.channel, time.monotonic() - begun)
        batch = _landed(office, held, batch)


def _pace(office: Office, channel: str, seconds: float) -> None:
    office.sizes[channel] = next_size(office.size(channel), seconds, office.most)


def _landed(office: Office, held: Held, batch: Batch) -> Batch | None:
    """Settle *batch* and mark the next; without the database, only settle, once it is back.

    Nobody knows then whether the next was marked: its lease runs out, and so it is found out.
    """
    try:
        return _next(office, held, batch)
    except DBAPIError:
        office.insist(lambda: _settle_only(office, held, batch))
        return None


def _next(office: Office, held: Held, done: Batch | None) -> Batch | None:
    """Settle *done* and mark as many as there are tokens for; wait a moment if there are none."""
    size = office.size(held.row.channel)
    taken = office.purse.take(office.rt, held.rates, size)
    if taken.lacking is not None and done is not None:
        _settle_only(office, held, done)  # what is known is written before anybody waits
        done = None
    while taken.lacking is not None and taken.wait <= slices.PATIENCE:
        if office.rt.stopping.wait(taken.wait):
            break
        taken = office.purse.take(office.rt, held.rates, size)
    if taken.lacking is not None:
        _give_back(office, held, taken)
        return None
    return _turn(office, held, done, taken.tokens)


def _give_back(office: Office, held: Held, taken: Taken) -> None:
    """Release a slice for which there are no tokens for a while."""
    with office.rt.work("worker") as uow:
        if taken.lacking is not None:
            leave_alone(uow, held.row, taken.lacking, taken.wait)
        slices.release(uow.session, held.row)


def _settle_only(office: Office, held: Held, batch: Batch) -> None:
    with office.rt.work("worker") as uow:
        _settle(office, uow, held, batch)


def _turn(office: Office, held: Held, done: Batch | None, size: int) -> Batch | None:
    row = held.row
    with office.rt.work("worker") as uow:
        stopped = _settle(office, uow, held, done) if done else False
        upto = min((row.marked_upto or 0) + size, row.n_hi or 0)
        if (
            stopped
            or office.rt.stopping.is_set()
            or row.marked_upto == row.n_hi
            or _is_closed(uow, held)
            or not slices.mark(uow.session, row, upto, office.lease)
        ):
            slices.release(uow.session, row)
            return None
        batch = _marked(uow, held, upto)
    row.marked_upto = upto
    return batch


def _is_closed(uow: UnitOfWork, held: Held) -> bool:
    """Has the window closed: the rest is carried to the next, never burst through lane two."""
    closes, expires = held.row.close_at, held.brief.expires_at
    return uow.now >= min(closes or expires, expires)


def _marked(uow: UnitOfWork, held: Held, upto: int) -> Batch:
    row = held.row
    after = row.marked_upto or 0
    persons = people.between(
        uow.session, held.brief.publication, row.rollout_id, after, upto, held.brief.permit
    )
    decided = decide_all(uow, held.brief, row, persons)
    gone = set(range(after + 1, upto + 1)).difference(person.n for person in persons)
    skips = [
        *(Row(n, 1, SKIPPED, reason=Skip.ERASED) for n in sorted(gone)),
        *(Row(p.n, 1, SKIPPED, reason=why) for p, why in decided if isinstance(why, Skip)),
    ]
    later = [Again(p.n, 1, when.due_at) for p, when in decided if isinstance(when, Later)]
    outcomes.record(uow.session, row.rollout_id, skips, uow.now)
    lane_two.add(uow.session, held.lane, later)
    leaving = [(p, what) for p, what in decided if isinstance(what, Leave)]
    threads = threads_of(uow, held.brief, [p.address_id for p, _ in leaving])
    going = [
        Going(p, 1, what.subscription_id, threads.get(p.address_id, "")) for p, what in leaving
    ]
    slices.count(uow.session, row.id, Counts(skipped=len(skips), moved=len(later)))
    return Batch(upto, going)


def _settle(office: Office, uow: UnitOfWork, held: Held, done: Batch) -> bool:
    """Write what came of a batch; True if the far side asks us to stop for a while."""
    row = held.row
    terms = office.terms(uow, row.channel, held.channel, held.brief)
    settled = [settle(done.numbers[each.parcel.id], each, terms) for each in done.outcomes]
    rows = [each.row for each in settled if each.row]
    counts = slices.total(each.counts for each in settled)
    if slices.settle(uow.session, row.id, done.upto, counts):
        outcomes.record(uow.session, row.rollout_id, rows, uow.now)
        lane_two.add(uow.session, held.lane, [each.again for each in settled if each.again])
    else:
        for late in rows:
            resolve(uow, held.lane, late)
    if any(each.again and each.again.due_at <= uow.now for each in settled):
        uow.enqueue(Actor.DISPATCH, row.channel)
    tell_failures(row.channel, done.outcomes)
    return apply_holds(uow, row.channel, done.outcomes, held.slowed, is_lifting=held.is_lifting)
