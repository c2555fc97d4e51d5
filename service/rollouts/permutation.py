"""Who goes first: a shuffle of everybody, the same in Python and in SQL, fresh for each rollout.

Ranks are `cohort·p + pos`: named cohorts come before the rest, in their order.

`pos = (a·shuffle_key + b) mod p` with p = 2³¹-1 prime and 1 ≤ a < p is a bijection on [0, p), so
ranks can be computed again at any time; a product of two such numbers fits 64 bits.
"""

import secrets
from typing import Any, NamedTuple

from service.subscribers.models import SHUFFLE_PRIME

UNRAMPED = -1  # the rank of whoever is outside the ramp


class Permutation(NamedTuple):
    """The two numbers drawn for a rollout."""

    a: int
    b: int

    def rank(self, shuffle_key: Any) -> Any:
        """The rank of a shuffle key: an int, or a SQL expression for one."""
        return (self.a * shuffle_key + self.b) % SHUFFLE_PRIME


def ranks_of(cohort: int) -> tuple[int, int]:
    """The first and the last rank of the people of a cohort, counted from 0."""
    return cohort * SHUFFLE_PRIME, (cohort + 1) * SHUFFLE_PRIME - 1


def draw() -> Permutation:
    """Return a fresh permutation."""
    return Permutation(1 + secrets.randbelow(SHUFFLE_PRIME - 1), secrets.randbelow(SHUFFLE_PRIME))
