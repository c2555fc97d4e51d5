"""How much a metric has to count before it can be clear."""

import math

from scheduling import sprt
from scheduling.metrics import Metric, Reading
from scheduling.standards import Expected, Ratio


def enough(metric: Metric) -> int | None:
    """The denominator at which *metric* is clear if nothing more goes wrong; None: no count is."""
    reading = metric.reading
    match metric.standard:
        case Ratio(good, bad):
            wrong = reading.count if isinstance(reading, Reading) else 0
            return sprt.least_trials(wrong, good, bad)
        case Expected() as expected:
            return max(1, expected.min_exposed, math.ceil(expected.least_volume or 0))
    return None
