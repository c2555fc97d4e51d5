"""The words of a judgement: verdict, code, reason, and the line that sums them up."""

from dataclasses import dataclass
from enum import StrEnum

from scheduling.metrics import Weight


class Verdict(StrEnum):
    """What happens to the next stage: it opens, waits, or the rollout pauses."""

    GO = "go"
    HOLD = "hold"
    NO_GO = "no_go"


class Code(StrEnum):
    """Why; the value is stored, `TEXTS` says it in words."""

    CLEAR = "clear"
    TOO_SMALL = "too_small"
    RAISED = "raised"
    FATAL = "fatal"
    WARNED = "warned"
    BAD_RATE = "bad_rate"
    BAD_VOLUME = "bad_volume"
    UNDECIDED = "undecided"
    TOO_FEW = "too_few"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    STALE = "stale"
    FUTURE = "future"
    BAKING = "baking"
    IMMATURE = "immature"
    OVERDUE = "overdue"


TEXTS: dict[Code, str] = {
    Code.CLEAR: "all clear",
    Code.TOO_SMALL: "too small to judge",
    Code.RAISED: "the alarm was raised",
    Code.FATAL: "an alarm that ends the rollout was raised",
    Code.WARNED: "above what is worth a warning",
    Code.BAD_RATE: "the rate is bad",
    Code.BAD_VOLUME: "the volume is above what was expected",
    Code.UNDECIDED: "the counts do not tell yet",
    Code.TOO_FEW: "too few counted yet",
    Code.MISSING: "nothing was measured",
    Code.UNREADABLE: "the measurement cannot be read",
    Code.STALE: "the measurement is too old",
    Code.FUTURE: "the measurement is dated in the future",
    Code.BAKING: "the shortest bake is not over",
    Code.IMMATURE: "too few people were exposed long enough",
    Code.OVERDUE: "still undecided after the longest bake",
}

Numbers = tuple[tuple[str, float], ...]
"""Named numbers that a reason rests on: seconds, counts, shares."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What one metric, tripwire or patience contributes, with the numbers it rests on."""

    metric: str
    verdict: Verdict
    code: Code
    numbers: Numbers = ()
    weight: Weight = Weight.ENFORCED

    @property
    def decides(self) -> bool:
        """Whether the verdict counts, or is told to operators only."""
        return self.weight is Weight.ENFORCED

    def to_json(self) -> dict[str, object]:
        """The reason as it is stored beside its inputs."""
        return {
            "metric": self.metric,
            "verdict": self.verdict.value,
            "code": self.code.value,
            "numbers": dict(self.numbers),
            "weight": self.weight.value,
        }


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and its reasons: tripwires first, then the metrics in order, then patience."""

    verdict: Verdict
    reasons: tuple[Reason, ...]

    @property
    def ends(self) -> bool:
        """Whether it ends the rollout instead of pausing it."""
        return any(reason.decides and reason.code is Code.FATAL for reason in self.reasons)

    @property
    def warnings(self) -> tuple[Reason, ...]:
        """What operators are told of, although it changes no verdict."""
        return tuple(
            reason
            for reason in self.reasons
            if (reason.code is Code.WARNED and reason.weight is not Weight.DRY_RUN)
            or (reason.verdict is Verdict.NO_GO and reason.weight is Weight.WARN)
        )

    @property
    def headline(self) -> str:
        """The verdict and what decided it, such as "GO: too small to judge"."""
        decided = [r.code for r in self.reasons if r.decides and r.verdict is self.verdict]
        notable = next((code for code in decided if code is not Code.CLEAR), Code.CLEAR)
        return f"{self.verdict.replace('_', '-').upper()}: {TEXTS[notable]}"

    def to_json(self) -> dict[str, object]:
        """The judgement as it is stored beside its inputs."""
        return {
            "verdict": self.verdict.value,
            "reasons": [reason.to_json() for reason in self.reasons],
        }
