"""Judges one metric's reading against its standard."""

from datetime import datetime, timedelta

from scheduling import sprt
from scheduling.metrics import Fault, Metric, Reading
from scheduling.standards import Boolean, Expected, Ratio, Threshold
from scheduling.verdicts import Code, Numbers, Reason, Verdict

CLOCK_SKEW = timedelta(minutes=5)
"""How far in the future an upstream clock may date a reading."""

_Finding = tuple[Verdict, Code]

_FAULTS = {Fault.MISSING: Code.MISSING, Fault.UNREADABLE: Code.UNREADABLE}
_CLEAR = (Verdict.GO, Code.CLEAR)
_TOO_FEW = (Verdict.HOLD, Code.TOO_FEW)
_MISSING = (Verdict.HOLD, Code.MISSING)


def assess(metric: Metric, now: datetime) -> Reason:
    """What *metric* says at *now*; without a fresh and readable reading it says HOLD."""
    reading = metric.reading
    if isinstance(reading, Fault):
        return Reason(metric.key, Verdict.HOLD, _FAULTS[reading], (), metric.weight)
    verdict, code = _dated(metric, reading, now) or _held_to(metric, reading)
    return Reason(metric.key, verdict, code, _numbers(metric, reading, now), metric.weight)


def _dated(metric: Metric, reading: Reading, now: datetime) -> _Finding | None:
    age = now - reading.as_of
    if age > metric.fresh_for:
        return Verdict.HOLD, Code.STALE
    return (Verdict.HOLD, Code.FUTURE) if age < -CLOCK_SKEW else None


def _held_to(metric: Metric, reading: Reading) -> _Finding:
    match metric.standard:
        case Ratio() as ratio:
            return _ratio(ratio, reading)
        case Threshold() as threshold:
            return _threshold(threshold, reading)
        case Boolean(ends):
            raised = Code.FATAL if ends else Code.RAISED
            return (Verdict.NO_GO, raised) if reading.count else _CLEAR
        case Expected() as expected:
            return _expected(expected, reading)


def _ratio(ratio: Ratio, reading: Reading) -> _Finding:
    events, trials = reading.count, reading.denominator
    if trials is None:
        return _MISSING
    if events > trials:
        return Verdict.HOLD, Code.UNREADABLE
    match sprt.find(sprt.evidence(events, trials, ratio.good, ratio.bad)):
        case sprt.Finding.GOOD:
            return _CLEAR
        case sprt.Finding.UNDECIDED:
            return Verdict.HOLD, Code.UNDECIDED
        case sprt.Finding.BAD:
            enough = events >= ratio.min_events and trials >= ratio.min_exposed
            return (Verdict.NO_GO, Code.BAD_RATE) if enough else _TOO_FEW


def _threshold(threshold: Threshold, reading: Reading) -> _Finding:
    events, trials = reading.count, reading.denominator
    if trials is None:
        return _MISSING
    if events > trials:
        return Verdict.HOLD, Code.UNREADABLE
    if trials < max(1, threshold.min_exposed) or events < max(1, threshold.min_events):
        return _CLEAR
    if events >= threshold.pause * trials:
        return Verdict.NO_GO, Code.BAD_RATE
    return (Verdict.GO, Code.WARNED) if events >= threshold.warn * trials else _CLEAR


def can_tell(metric: Metric, people: int) -> bool:
    """Whether *metric* could be clear if none of *people* met a fault: else waiting is no use."""
    match metric.standard:
        case Ratio() as ratio if metric.of_reached:
            best = sprt.evidence(0, people, ratio.good, ratio.bad)
            return sprt.find(best) is sprt.Finding.GOOD
        case Expected() as expected if metric.of_reached:
            return people >= max(1, expected.min_exposed, expected.least_volume or 0)
    return True


def _expected(expected: Expected, reading: Reading) -> _Finding:
    below = reading.denominator
    volume = reading.count if below is None else below
    if not _within(volume, None, expected.most_volume):
        return Verdict.NO_GO, Code.BAD_VOLUME
    if expected.bounds_rate:
        if below is None:
            return _MISSING
        if below < max(1, expected.min_exposed):
            return _TOO_FEW
        if not _within(reading.count / below, expected.least_rate, expected.most_rate):
            return Verdict.NO_GO, Code.BAD_RATE
    return _CLEAR if _within(volume, expected.least_volume, None) else _TOO_FEW


def _within(amount: float, least: float | None, most: float | None) -> bool:
    return (least is None or amount >= least) and (most is None or amount <= most)


def _numbers(metric: Metric, reading: Reading, now: datetime) -> Numbers:
    numbers = [("count", reading.count), ("age", (now - reading.as_of).total_seconds())]
    if reading.denominator:
        numbers += [("denominator", reading.denominator)]
        numbers += [("rate", reading.count / reading.denominator)]
        if isinstance(metric.standard, Ratio):
            good, bad = metric.standard.good, metric.standard.bad
            weighed = sprt.evidence(reading.count, reading.denominator, good, bad)
            numbers += [("evidence", weighed)]
    return tuple(numbers)
