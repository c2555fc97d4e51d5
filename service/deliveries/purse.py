"""One process's tokens: leased from the table of limits outside the ratchet, spent at its marks."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from scheduling.rates import SPENT_WITHIN
from service.deliveries.queries import limits
from service.deliveries.queries.limits import Metered, Place
from service.runtime import Runtime


class Taken(NamedTuple):
    """How many may leave; if none, after how many seconds to ask again, and what lacks."""

    tokens: int
    wait: float = 0.0
    lacking: Metered | None = None


@dataclass(slots=True)
class Purse:
    """Tokens by limit, void a second after they were leased."""

    _left: dict[Place, tuple[int, float]] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def take(self, rt: Runtime, rates: Sequence[Metered], wanted: int) -> Taken:
        """Take up to *wanted* tokens of each of *rates*; none unless all of them have some.

        Never inside a unit of work: each lease is one of its own, as short as can be.
        """
        if not rates:
            return Taken(wanted)
        with self._guard:
            count = wanted
            for metered in rates:
                found = self._have(rt, metered, count)
                if not found.tokens:
                    return found
                count = found.tokens
            for metered in rates:
                self._spend(metered, count)
            return Taken(count)

    def _have(self, rt: Runtime, metered: Metered, wanted: int) -> Taken:
        left, valid_until = self._left.get(metered[:2], (0, 0.0))
        if left and time.monotonic() < valid_until:
            return Taken(min(wanted, left))
        asked = time.monotonic()  # before the lease: void here no later than there
        with rt.work("worker") as uow:
            tokens, wait = limits.lease(uow.session, metered, metered.rate.lot)
        self._left[metered[:2]] = (tokens, asked + SPENT_WITHIN)
        return Taken(min(wanted, tokens), wait, None if tokens else metered)

    def _spend(self, metered: Metered, tokens: int) -> None:
        left, valid_until = self._left[metered[:2]]
        self._left[metered[:2]] = (left - tokens, valid_until)
