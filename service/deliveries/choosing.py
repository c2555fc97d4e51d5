"""Chooses what leaves next in lane two: the urgent first, and nobody at others' expense."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from channels.base import Traits
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import LaneTwo, Slice
from service.deliveries.queries import lane_two, limits
from service.publications.models import Urgency

OFFERED = 200  # looked at in one go
LOOKS = 4  # at what stands behind lanes that have their share


@dataclass(slots=True)
class Fair:
    """A batch in which no address comes twice and no lane takes more than its share."""

    traits: Traits
    chosen: list[tuple[LaneTwo, Slice]] = field(default_factory=list)
    passed_over: set[str] = field(default_factory=set)  # lanes with more than their share
    _taken: dict[int, int] = field(default_factory=dict)  # address by row
    _lanes: Counter[str] = field(default_factory=Counter)

    @property
    def is_full(self) -> bool:
        """Is there no place left."""
        return len(self.chosen) >= self.traits.batch

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


def choose(uow: UnitOfWork, name: str, traits: Traits) -> Fair:
    """Choose a batch of what is due on channel *name*, and lock it.

    A provider that greylists a hundred thousand must not stand before everybody else: once a lane
    has its share, what is behind it is looked for.
    """
    batch = Fair(traits)
    held = limits.held_lanes(uow.session, name)
    if held is None:
        return batch
    for urgency in sorted(Urgency, reverse=True):
        for _ in range(LOOKS):
            if batch.is_full:
                return batch
            offered = lane_two.candidates(
                uow.session, name, uow.now, urgency, OFFERED, besides=batch.passed_over | held
            )
            batch.offer(offered)
            if len(offered) < OFFERED:
                break
    return batch
