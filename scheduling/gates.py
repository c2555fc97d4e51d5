"""Go, hold or no-go: the verdict on a stage, from stored inputs and nothing else.

Missing, stale or unreadable measurements mean HOLD, never GO. Replaying the inputs of a past
judgement gives the same verdict, reasons and numbers.
"""

from dataclasses import replace

from scheduling.gate_inputs import GateInputs, OnInconclusive, Tripwires
from scheduling.metrics import Fault, Metric, Reading, Weight
from scheduling.readings import assess, can_tell
from scheduling.standards import Boolean, Expected, Ratio, Threshold
from scheduling.verdicts import Code, Judgement, Numbers, Reason, Verdict

__all__ = [
    "Boolean",
    "Code",
    "Expected",
    "Fault",
    "GateInputs",
    "Judgement",
    "Metric",
    "OnInconclusive",
    "Ratio",
    "Reading",
    "Reason",
    "Threshold",
    "Tripwires",
    "Verdict",
    "Weight",
    "judge",
]

REFUSED_PERCENT = 20
"""This share of the last 200 attempts, refused, stops a rollout."""

LEAST_REFUSED = 5
"""Fewer refusals than this stop nothing: one of the first three messages proves no fault."""

_SEVERITY = (Verdict.GO, Verdict.HOLD, Verdict.NO_GO)


def judge(inputs: GateInputs) -> Judgement:
    """Judge a stage: the worst enforced reason decides, and a warning changes nothing.

    A HOLD that outlasts the longest bake asks, or becomes NO_GO if the plan says so.
    """
    reasons = (
        _refused(inputs.tripwires),
        _render_errors(inputs.tripwires),
        *(_metric(metric, inputs) for metric in inputs.metrics),
        _bake(inputs),
        _exposure(inputs),
    )
    deciding = (reason.verdict for reason in reasons if reason.decides)
    verdict = max(deciding, key=_SEVERITY.index)
    if verdict is Verdict.HOLD and inputs.elapsed >= inputs.max_bake:
        return _overdue(inputs, reasons)
    return Judgement(verdict, reasons)


def _overdue(inputs: GateInputs, reasons: tuple[Reason, ...]) -> Judgement:
    """A judgement that could not be reached in time; what it still waits for follows."""
    asks = inputs.on_inconclusive is OnInconclusive.ASK
    verdict = Verdict.HOLD if asks else Verdict.NO_GO
    numbers: Numbers = (
        ("elapsed", inputs.elapsed.total_seconds()),
        ("max_bake", inputs.max_bake.total_seconds()),
    )
    return Judgement(verdict, (Reason("patience", verdict, Code.OVERDUE, numbers), *reasons))


def _refused(wires: Tripwires) -> Reason:
    attempted, refused = wires.attempted, wires.refused
    if attempted is None or refused is None:
        return Reason("refused", Verdict.HOLD, Code.MISSING)
    numbers: Numbers = (("count", refused), ("denominator", attempted))
    if refused > attempted:
        return Reason("refused", Verdict.HOLD, Code.UNREADABLE, numbers)
    if refused >= LEAST_REFUSED and refused * 100 >= REFUSED_PERCENT * attempted:
        return Reason("refused", Verdict.NO_GO, Code.RAISED, numbers)
    return Reason("refused", Verdict.GO, Code.CLEAR, numbers)


def _render_errors(wires: Tripwires) -> Reason:
    errors = wires.render_errors
    if errors is None:
        return Reason("render_errors", Verdict.HOLD, Code.MISSING)
    if errors:
        return Reason("render_errors", Verdict.NO_GO, Code.RAISED, (("count", errors),))
    return Reason("render_errors", Verdict.GO, Code.CLEAR, (("count", errors),))


def _metric(metric: Metric, inputs: GateInputs) -> Reason:
    """What *metric* says; where waiting cannot help, too few counts no longer hold."""
    reason = assess(metric, inputs.now)
    waits = reason.code in (Code.UNDECIDED, Code.TOO_FEW) and inputs.elapsed >= metric.lag
    if waits and (inputs.never_matures or not can_tell(metric, inputs.reached or inputs.planned)):
        return replace(reason, verdict=Verdict.GO, code=Code.TOO_SMALL)
    return reason


def _bake(inputs: GateInputs) -> Reason:
    numbers: Numbers = (
        ("elapsed", inputs.elapsed.total_seconds()),
        ("min_bake", inputs.min_bake.total_seconds()),
    )
    if inputs.elapsed < inputs.min_bake:
        return Reason("bake", Verdict.HOLD, Code.BAKING, numbers)
    return Reason("bake", Verdict.GO, Code.CLEAR, numbers)


def _exposure(inputs: GateInputs) -> Reason:
    if inputs.matured is None:
        return Reason("exposure", Verdict.HOLD, Code.MISSING)
    numbers: Numbers = (
        ("matured", inputs.matured),
        ("planned", inputs.planned),
        ("min_exposed", inputs.min_exposed),
    )
    if inputs.matured >= inputs.min_exposed:
        return Reason("exposure", Verdict.GO, Code.CLEAR, numbers)
    if inputs.never_matures:
        return Reason("exposure", Verdict.GO, Code.TOO_SMALL, numbers)
    return Reason("exposure", Verdict.HOLD, Code.IMMATURE, numbers)
