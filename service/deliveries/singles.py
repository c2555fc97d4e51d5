"""Lane two: single messages of any number of rollouts, claimed, marked and settled by the batch."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from channels.base import Outcome, PushChannel
from channels.outcomes import as_known, complete
from service.db.unit_of_work import UnitOfWork
from service.deliveries.choosing import choose
from service.deliveries.circuits import admitted
from service.deliveries.deciding import Later, Leave
from service.deliveries.late import in_doubt
from service.deliveries.marking import decide_all, threads_of
from service.deliveries.metering import spend
from service.deliveries.models import SKIPPED, LaneTwo, Skip, Slice
from service.deliveries.office import Office
from service.deliveries.parcels import Going
from service.deliveries.queries import lane_two, limits, outcomes, people, slices
from service.deliveries.queries.outcomes import Row
from service.deliveries.queries.slices import Counts
from service.deliveries.settling_singles import Single, settle_singles
from service.deliveries.slowness import Choosing
from service.queue import Actor
from service.tracing import sending

SLOW_PLACES = 1
LEFT_ALONE, IN_DOUBT = Counts(moved=-1, skipped=1), Counts(moved=-1, unknown=1)
NAP = 0.2  # seconds before the next look, where tokens or circuits held everybody back


@dataclass(frozen=True, slots=True)
class Marked:
    """What may be sent now; nothing, perhaps because all of it must wait a moment."""

    singles: Sequence[Single]
    is_held_back: bool = False


def dispatch(office: Office, name: str) -> None:
    """Send single messages of channel *name* until none is due, or every place is taken.

    Programs that are slow have a place of their own, one of a worker's four threads: whoever
    hangs waits among those that hang.
    """
    channel = office.channel(name)
    if channel is None:
        return
    with office.place("single", name) as free:
        if free:
            _send_due(office, name, channel, lambda: Choosing(apart=office.slowness.slow()))
    if office.slowness.slow():
        with office.place("slow", name, SLOW_PLACES) as free:
            if free:
                _send_due(office, name, channel, lambda: Choosing(only=office.slowness.slow()))


def _send_due(
    office: Office, name: str, channel: PushChannel, whose: Callable[[], Choosing]
) -> None:
    while not office.rt.stopping.is_set():
        marked = _mark(office, name, channel, whose())
        if marked is None:
            return
        _send(office, name, channel, marked.singles)
        if marked.is_held_back:  # for want of tokens, or by circuits; others may be due
            office.rt.stopping.wait(NAP)


def _mark(office: Office, name: str, channel: PushChannel, whose: Choosing) -> Marked | None:
    with office.rt.work("worker") as uow:
        after = office.looked.get(name, 0)
        batch = choose(uow, name, office.traits(channel), after, whose)
        if not batch.chosen:
            return None
        offered = batch.chosen if channel.traits.bulk else admitted(uow, batch.chosen)
        chosen = [pair for group in _by_rollout(offered) for pair in _paid(office, uow, group)]
        if not chosen:
            return Marked((), is_held_back=True)
        office.looked[name] = max(lane.id for _, lane in chosen)
        owner = office.owner()
        marked = lane_two.mark(uow.session, [row for row, _ in chosen], owner, office.lease)
        if batch.passed_over:
            uow.enqueue(Actor.DISPATCH, name)
        kept = [(row, lane) for row, lane in chosen if row.id in marked]
        singles = [
            single
            for group in _by_rollout(kept)
            for single in _decided(office, uow, group, channel)
        ]
        uow.session.expunge_all()
    for single in singles:
        single.row.owner = owner
    return Marked(singles)


def _paid(
    office: Office, uow: UnitOfWork, group: tuple[Slice, Sequence[LaneTwo]]
) -> Iterator[tuple[LaneTwo, Slice]]:
    """Those of one rollout for whom there are tokens; the others wait for the next ones."""
    lane, rows = group
    brief = office.brief(uow, lane.publication_id)
    slow = limits.slowed_lanes(uow.session, {f"{lane.channel}:{row.lane}" for row in rows})
    behind = defaultdict[str, list[LaneTwo]](list)
    for row in rows:
        behind[row.lane if f"{lane.channel}:{row.lane}" in slow else ""].append(row)
    for provider, waiting in sorted(behind.items()):
        for row in waiting[: spend(uow, brief, lane, provider, len(waiting))]:
            yield row, lane


def _by_rollout(
    rows: Sequence[tuple[LaneTwo, Slice]],
) -> Iterator[tuple[Slice, Sequence[LaneTwo]]]:
    groups = defaultdict[int, list[tuple[LaneTwo, Slice]]](list)
    for row, lane in rows:
        groups[row.slice_id].append((row, lane))
    for group in groups.values():
        yield group[0][1], [row for row, _ in group]


def _decided(
    office: Office,
    uow: UnitOfWork,
    group: tuple[Slice, Sequence[LaneTwo]],
    channel: PushChannel,
) -> Iterator[Single]:
    lane, rows = group
    stage, stages = (0, 0) if channel.traits.bulk else _progress(uow, lane)
    brief = office.brief(uow, lane.publication_id)
    by_n = {row.n: row for row in rows}
    persons = people.numbered(
        uow.session, brief.publication, lane.rollout_id, list(by_n), brief.permit
    )
    threads = threads_of(uow, brief, [person.address_id for person in persons])
    tried = {row.n for row in rows if row.attempt > 1}
    skipped = dict.fromkeys(by_n.keys() - {person.n for person in persons}, Skip.ERASED)
    for person, decision in decide_all(uow, brief, lane, persons, tried=tried):
        row = by_n[person.n]
        match decision:
            case Leave(subscription_id):
                thread = threads.get(person.address_id, "")
                going = Going(person, row.attempt, subscription_id, thread, stage, stages)
                yield Single(row, lane, brief, going)
            case Later(due_at):
                lane_two.postpone(uow.session, row.id, due_at)
            case Skip():
                skipped[row.n] = decision
    _skip(uow, lane, by_n, skipped)


def _progress(uow: UnitOfWork, lane: Slice) -> tuple[int, int]:
    """Stage and stages of a rollout; one that nobody ramps is a single stage."""
    return max(slices.stages_opened(uow.session, lane.rollout_id), 1), max(lane.stages, 1)


def _skip(
    uow: UnitOfWork, lane: Slice, by_n: Mapping[int, LaneTwo], skipped: Mapping[int, Skip]
) -> None:
    """Leave people alone; whom an earlier attempt may have reached stays in doubt."""
    if not skipped:
        return
    doubtful = in_doubt(uow, [by_n[n] for n in skipped])
    rows = [
        Row(n, by_n[n].attempt, SKIPPED, reason=why)
        for n, why in skipped.items()
        if n not in doubtful
    ]
    outcomes.record(uow.session, lane.rollout_id, rows, uow.now)
    lane_two.remove(uow.session, [by_n[n].id for n in skipped])
    counts = {n: IN_DOUBT if n in doubtful else LEFT_ALONE for n in skipped}
    slices.count_people(uow.session, lane, counts)


def _send(office: Office, name: str, channel: PushChannel, marked: Sequence[Single]) -> None:
    if not marked:
        return
    parcels, waiting, known = [], {}, list[Outcome]()
    for single in marked:
        _, made, failed = office.composer.compose(single.brief, name, channel, [single.going])
        parcels += made
        known += failed
        for parcel in (*made, *(each.parcel for each in failed)):
            waiting[parcel.id] = single
    with sending(office.rt.tracer, name, len(parcels)):
        sent = complete(parcels, channel.send(parcels, office.deadline()))
        groups = iter([[*known, *sent]]) if channel.traits.bulk else chain([known], as_known(sent))
        for group in filter(None, groups):
            came = [(waiting[each.parcel.id], each) for each in group]
            office.slowness.learn((single.row.address_id, outcome) for single, outcome in came)
            office.insist(partial(settle_singles, office, name, channel, came))
