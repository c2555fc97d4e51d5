"""Lane two: single messages, each claimed, marked and settled on its own."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from channels.base import Outcome, PushChannel
from channels.outcomes import complete
from service.db.unit_of_work import UnitOfWork
from service.deliveries.brief import Brief
from service.deliveries.choosing import choose
from service.deliveries.circuits import admitted, judge
from service.deliveries.deciding import Later, Leave
from service.deliveries.holding import apply_holds
from service.deliveries.journal import note
from service.deliveries.late import is_told, resolve
from service.deliveries.marking import decide_all, threads_of
from service.deliveries.models import SKIPPED, LaneTwo, Skip, Slice
from service.deliveries.office import Office
from service.deliveries.parcels import Going
from service.deliveries.queries import lane_two, outcomes, people, slices
from service.deliveries.queries.outcomes import Row
from service.deliveries.queries.slices import Counts
from service.deliveries.settling import settle
from service.queue import Actor


@dataclass(frozen=True, slots=True)
class Single:
    """One marked message."""

    row: LaneTwo
    lane: Slice
    brief: Brief
    going: Going


def dispatch(office: Office, name: str) -> None:
    """Send single messages of channel *name* until none is due, or every place is taken."""
    channel = office.channel(name)
    if channel is None:
        return
    with office.place("single", name) as free:
        while free and not office.rt.stopping.is_set():
            marked = _mark(office, name, channel)
            if marked is None:
                return
            _send(office, name, channel, marked)


def _mark(office: Office, name: str, channel: PushChannel) -> Sequence[Single] | None:
    with office.rt.work("worker") as uow:
        batch = choose(uow, name, office.traits(channel))
        if not batch.chosen:
            return None
        chosen = batch.chosen if channel.traits.bulk else admitted(uow, batch.chosen)
        owner = office.owner()
        rows = [row for row, _ in chosen]
        marked = lane_two.mark(uow.session, rows, owner, office.lease)
        if batch.passed_over:
            uow.enqueue(Actor.DISPATCH, name)
        kept = [(row, lane) for row, lane in chosen if row.id in marked]
        singles = [single for group in _by_rollout(kept) for single in _decided(office, uow, group)]
        uow.session.expunge_all()
    for single in singles:
        single.row.owner = owner
    return singles


def _by_rollout(
    rows: Sequence[tuple[LaneTwo, Slice]],
) -> Iterator[tuple[Slice, Sequence[LaneTwo]]]:
    groups = defaultdict[int, list[tuple[LaneTwo, Slice]]](list)
    for row, lane in rows:
        groups[row.slice_id].append((row, lane))
    for group in groups.values():
        yield group[0][1], [row for row, _ in group]


def _decided(
    office: Office, uow: UnitOfWork, group: tuple[Slice, Sequence[LaneTwo]]
) -> Iterator[Single]:
    lane, rows = group
    brief = office.brief(uow, lane.publication_id)
    by_n = {row.n: row for row in rows}
    persons = people.numbered(uow.session, lane.rollout_id, list(by_n), brief.permit)
    threads = threads_of(uow, brief, [person.address_id for person in persons])
    skipped = dict.fromkeys(by_n.keys() - {person.n for person in persons}, Skip.ERASED)
    for person, decision in decide_all(uow, brief, lane, persons):
        row = by_n[person.n]
        match decision:
            case Leave(subscription_id):
                thread = threads.get(person.address_id, "")
                yield Single(row, lane, brief, Going(person, row.attempt, subscription_id, thread))
            case Later(due_at):
                lane_two.postpone(uow.session, row.id, due_at)
            case Skip():
                skipped[row.n] = decision
    _skip(uow, lane, by_n, skipped)


def _skip(
    uow: UnitOfWork, lane: Slice, by_n: Mapping[int, LaneTwo], skipped: Mapping[int, Skip]
) -> None:
    rows = [Row(n, by_n[n].attempt, SKIPPED, reason=why) for n, why in skipped.items()]
    outcomes.record(uow.session, lane.rollout_id, rows, uow.now)
    lane_two.remove(uow.session, [by_n[n].id for n in skipped])
    slices.count_people(uow.session, lane, dict.fromkeys(skipped, Counts(moved=-1, skipped=1)))


def _send(office: Office, name: str, channel: PushChannel, marked: Sequence[Single]) -> None:
    parcels, waiting, known = [], {}, list[Outcome]()
    for single in marked:
        _, made, failed = office.composer.compose(single.brief, name, channel, [single.going])
        parcels += made
        known += failed
        for parcel in (*made, *(each.parcel for each in failed)):
            waiting[parcel.id] = single
    sent = channel.send(parcels, office.deadline())
    for outcome in (*known, *complete(parcels, sent)):
        single = waiting[outcome.parcel.id]
        office.insist(partial(_settle, office, name, channel, single, outcome))


def _settle(
    office: Office, name: str, channel: PushChannel, single: Single, outcome: Outcome
) -> None:
    row, lane = single.row, single.lane
    with office.rt.work("worker") as uow:
        settled = settle(row.n, outcome, office.terms(uow, name, channel, single.brief))
        told = is_told(uow, row)
        if settled.again and not told:
            kept = lane_two.put_back(uow.session, row, settled.again)
        else:
            kept = lane_two.finish(uow.session, row)
            if kept:
                became = Counts(sent=1) if told else settled.counts
                change = slices.difference(became, Counts(moved=1))
                slices.count_people(uow.session, lane, {row.n: change})
        if kept and settled.row:
            outcomes.record(uow.session, lane.rollout_id, [settled.row], uow.now)
        elif settled.row:
            resolve(uow, lane, settled.row)
        apply_holds(uow, name, [outcome])
        if not channel.traits.bulk:
            judge(uow, row.address_id, outcome)
            next_at = settled.again.due_at if settled.again and kept else None
            note(uow, row.address_id, single.brief.message.type, outcome, next_at)
