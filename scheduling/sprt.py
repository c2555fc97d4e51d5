"""Wald's sequential probability ratio test: may be asked again after every new message.

Looking repeatedly at a plain 95 % bound raises a false alarm in 34 % of healthy rollouts; this
test is made to be looked at. A. Wald, Sequential Analysis (1947), chapter 5.
"""

import math
from enum import StrEnum

ALPHA = 0.05
"""How often a healthy rollout may be called bad."""

BETA = 0.10
"""How often a bad rollout may be called healthy."""

_BAD_FROM = math.log((1 - BETA) / ALPHA)
_GOOD_UP_TO = math.log(BETA / (1 - ALPHA))


class Finding(StrEnum):
    """What the counts say so far."""

    GOOD = "good"
    UNDECIDED = "undecided"
    BAD = "bad"


def evidence(events: float, trials: float, good: float, bad: float) -> float:
    """The log likelihood ratio of the rate being *bad* rather than *good*; 0 knows nothing.

    *events* of *trials* went wrong; 0 < good < bad < 1 are shares.
    """
    return events * math.log(bad / good) + (trials - events) * math.log((1 - bad) / (1 - good))


def find(ratio: float) -> Finding:
    """What a log likelihood *ratio* from `evidence` decides."""
    if ratio >= _BAD_FROM:
        return Finding.BAD
    return Finding.GOOD if ratio <= _GOOD_UP_TO else Finding.UNDECIDED


def least_trials(events: float, good: float, bad: float) -> int:
    """The fewest trials of which *events* went wrong that are GOOD: what has to be waited for."""
    wrong, right = math.log(bad / good), math.log((1 - bad) / (1 - good))
    return math.ceil(events + (_GOOD_UP_TO - events * wrong) / right)
