"""Chooses what leaves next in lane two: the urgent first, and nobody at others' expense."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from channels.base import Traits
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import LaneTwo, Slice
from service.deliveries.queries import limits, offers
from service.deliveries.slowness import Choosing

OFFERED = 200  # looked at in one go
LOOKS = 4  # at what stands behind lanes that have their share
QUEUES = 16  # rollouts and big providers that share a batch
ALL = Choosing()


@dataclass(slots=True)
class Fair:
    """A batch in which no address comes twice and no lane takes more than its share."""

    traits: Traits
    whose: Choosing
    chosen: list[tuple[LaneTwo, Slice]] = field(default_factory=list)
    passed_over: set[str] = field(default_factory=set)  # lanes with more than their share
    _taken: dict[int, int] = field(default_factory=dict)  # address by row
    _lanes: Counter[str] = field(default_factory=Counter)

    @property
    def is_full(self) -> bool:
        """Is there no place left."""
        return len(self.chosen) >= self.traits.batch

    @property
    def addresses(self) -> frozenset[int]:
        """Who is in it."""
        return frozenset(self._taken.values())

    def offer(self, offered: Sequence[tuple[LaneTwo, Slice]]) -> None:
        """Take of *offered*, in order, what has a place."""
        for row, lane in offered:
            if row.id in self._taken:
                continue  # of an earlier look
            if self._has_place(row):
                self._taken[row.id] = row.address_id
                self._lanes[row.lane] += 1
                self.chosen.append((row, lane))
            else:
                self.passed_over.add(row.lane)

    def _has_place(self, row: LaneTwo) -> bool:
        return (
            not self.is_full
            and row.address_id not in self._taken.values()
            and self._lanes[row.lane] < self.traits.per_lane
        )


def choose(
    uow: UnitOfWork,
    name: str,
    traits: Traits,
    after: int = 0,
    whose: Choosing = ALL,
) -> Fair:
    """Choose a batch of what is due on channel *name*, and lock it.

    Neither a rollout with a hundred thousand retries nor a provider that greylists as many may
    stand before everybody else: rollouts and big providers share the batch, those that follow
    slice *after* first, and once a lane has its share, what is behind it is looked for.
    """
    batch = Fair(traits, whose)
    held = limits.held_lanes(uow.session, name)
    if held is None:
        return batch
    open_ones = buckets(traits, held)
    # Programs get one message from each of many rollouts: behind those of one is looked for others.
    looks = 1 if traits.bulk else LOOKS
    for urgency in offers.waiting(uow.session, name):
        for _ in range(looks):
            if batch.is_full:
                return batch
            found = offers.queues(
                uow.session,
                name,
                uow.now,
                urgency,
                open_ones,
                after=after,
                most=QUEUES,
                besides=batch.addresses.union(whose.apart),
                only=whose.only,
            )
            if not found:
                break
            _fill(uow, batch, found, held)
    return batch


def _fill(
    uow: UnitOfWork, batch: Fair, found: Sequence[offers.Queue], held: Collection[str]
) -> None:
    """Fill *batch* from some queues, by turns, and look behind lanes that have their share."""
    share = OFFERED // max(len(found), 1)
    for _ in range(LOOKS):
        besides = batch.passed_over.union(held)
        offered = offers.candidates(
            uow.session,
            found,
            uow.now,
            share,
            besides=besides,
            apart=batch.whose.apart,
            only=batch.whose.only,
        )
        batch.offer(_in_turns(offered))
        if batch.is_full or len(offered) < share:
            return


def buckets(traits: Traits, held: Collection[str]) -> frozenset[str]:
    """The big providers that are not held back, and all the others together."""
    return frozenset({"", *traits.big_lanes}.difference(held))


def _in_turns(offered: Sequence[tuple[LaneTwo, Slice]]) -> Sequence[tuple[LaneTwo, Slice]]:
    """The oldest of each queue, then the second of each, and so on."""
    before = Counter[tuple[int, str]]()
    placed = []
    for row, lane in offered:
        queue = (row.slice_id, row.bucket)
        placed.append((before[queue], row, lane))
        before[queue] += 1
    placed.sort(key=itemgetter(0))
    return [(row, lane) for _, row, lane in placed]
