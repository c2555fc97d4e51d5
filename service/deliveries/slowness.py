"""Remembers which programs answer slowly, so that they wait for each other and for nobody else."""

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from channels.base import Outcome, Reason

SLOW = 2.0  # seconds that an answer may take
KEPT = 900.0  # seconds until somebody slow is tried among the others again
MOST = 10_000  # remembered by one process


@dataclass(frozen=True, slots=True)
class Choosing:
    """Whose messages a batch may hold: *only* some addresses', or all but those *apart*."""

    apart: Collection[int] = ()
    only: Collection[int] | None = None


@dataclass(slots=True)
class Slowness:
    """One process's memory; two that differ cost a batch of one of them a wait, once."""

    _until: dict[int, float] = field(default_factory=dict)  # on `time.monotonic`, by address

    def learn(self, came: Iterable[tuple[int, Outcome]]) -> None:
        """Note how long each address took."""
        for address_id, outcome in came:
            if _was_slow(outcome):
                while len(self._until) >= MOST:
                    del self._until[next(iter(self._until))]
                self._until[address_id] = time.monotonic() + KEPT
            elif outcome.trace is not None:
                self._until.pop(address_id, None)

    def slow(self) -> frozenset[int]:
        """The addresses that are slow as far as is known."""
        now = time.monotonic()
        return frozenset(each for each, until in tuple(self._until.items()) if until > now)


def _was_slow(outcome: Outcome) -> bool:
    took = outcome.trace.timings.get("total", 0.0) if outcome.trace else 0.0
    return took >= SLOW or outcome.reason is Reason.TIMEOUT
