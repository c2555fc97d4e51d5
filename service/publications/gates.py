"""What a plan demands between two stages, and while one leaves: bakes, counts, metrics."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from scheduling.metrics import Weight
from scheduling.standards import Boolean, Expected, Ratio, Standard, Threshold

Share = Annotated[float, Field(gt=0, le=1)]
Part = Annotated[float, Field(gt=0, lt=1)]
Minutes = Annotated[float, Field(ge=0, le=60 * 24 * 30)]
Amount = Annotated[float, Field(ge=0)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]

#: Signals that end a rollout whatever its plan says: more harm with every message.
FATAL = frozenset({"data_corruption", "security"})
#: Names of what every gate looks at.
TAKEN = frozenset({"refused", "render_errors", "refusals", "bake", "exposure", "patience"})


class Source(StrEnum):
    """Where a metric's numbers come from."""

    SIGNAL = "signal"  # pushed by an upstream system under the metric's key
    HARD_BOUNCES = "hard_bounces"
    SOFT_BOUNCES = "soft_bounces"
    COMPLAINTS = "complaints"
    UNSUBSCRIBES = "unsubscribes"


class _Watched(BaseModel):
    """One thing to look at. Durations in minutes of the plan's clock."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Name
    source: Source = Source.SIGNAL
    lag: Minutes = Field(0, description="Counts only what was accepted longer ago than this.")
    fresh_for: Minutes = Field(15, description="A signal older than this holds the rollout.")
    weight: Weight = Weight.ENFORCED

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.key in TAKEN or self.key.startswith("sender_fault"):
            raise ValueError(f"{self.key} is what every gate looks at: choose another key")
        return self


class RatioWatch(_Watched):
    """A share judged by a sequential test between a *good* and a *bad* one."""

    kind: Literal["ratio"]
    good: Part
    bad: Part
    min_events: int = Field(0, ge=0)
    min_exposed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.good >= self.bad:
            raise ValueError("good must be below bad")
        return self

    def standard(self) -> Standard:
        """What the reading is held to."""
        return Ratio(self.good, self.bad, self.min_events, self.min_exposed)


class ThresholdWatch(_Watched):
    """An alarm on the share over the last minutes of sending: no proof of health."""

    kind: Literal["threshold"]
    warn: Part
    pause: Part
    over: Minutes = 60
    min_events: int = Field(0, ge=0)
    min_exposed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.warn > self.pause:
            raise ValueError("warn must not exceed pause")
        return self

    def standard(self) -> Standard:
        """What the reading is held to."""
        return Threshold(self.warn, self.pause, self.min_events, self.min_exposed)


class BooleanWatch(_Watched):
    """An alarm: anything but 0 is a NO_GO, and without a fresh word there is no GO."""

    kind: Literal["boolean"]

    @model_validator(mode="after")
    def _is_a_signal(self) -> Self:
        if self.source is not Source.SIGNAL:
            raise ValueError("a boolean is a signal")
        if self.key in FATAL and self.weight is not Weight.ENFORCED:
            raise ValueError(f"{self.key} ends every rollout: its weight is enforced")
        return self

    def standard(self) -> Standard:
        """What the reading is held to."""
        return Boolean(self.key in FATAL)


class ExpectedWatch(_Watched):
    """Something that should happen, with bounds on its rate and its volume."""

    kind: Literal["expected"]
    least_volume: Amount | None = None
    most_volume: Amount | None = None
    least_rate: Amount | None = None
    most_rate: Amount | None = None
    min_exposed: int = Field(0, ge=0)

    _BOUNDS: ClassVar = ("least_volume", "most_volume", "least_rate", "most_rate")

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if all(getattr(self, bound) is None for bound in self._BOUNDS):
            raise ValueError(f"needs a bound: one of {', '.join(self._BOUNDS)}")
        self.standard()
        return self

    def standard(self) -> Standard:
        """What the reading is held to."""
        return Expected(
            self.least_volume, self.most_volume, self.least_rate, self.most_rate, self.min_exposed
        )


Watch = Annotated[
    RatioWatch | ThresholdWatch | BooleanWatch | ExpectedWatch, Field(discriminator="kind")
]

#: Told from the first share on, stopped at the second: what receiving providers punish.
USUAL: tuple[Watch, ...] = (
    ThresholdWatch(
        key="hard_bounces", kind="threshold", source=Source.HARD_BOUNCES,
        warn=0.05, pause=0.10, over=60, min_events=20, min_exposed=200,
    ),
    ThresholdWatch(
        key="complaints", kind="threshold", source=Source.COMPLAINTS,
        warn=0.0015, pause=0.003, over=24 * 60, min_events=5, min_exposed=1000,
    ),
)  # fmt: skip


class Gate(BaseModel):
    """What must hold between two stages. Durations in minutes of the plan's clock."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    refused_good: Share = 0.02  # a share of refusals that is healthy
    refused_bad: Share = 0.10  # one that is not
    min_bake: float = Field(120, ge=0)
    max_bake: float = Field(1440, gt=0)
    min_exposed: int = Field(45, ge=0)
    on_inconclusive: Literal["ask", "no_go"] = "ask"
    metrics: tuple[Watch, ...] = Field(USUAL, max_length=50)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.refused_good >= self.refused_bad:
            raise ValueError("refused_good must be below refused_bad")
        if self.min_bake > self.max_bake:
            raise ValueError("min_bake must not exceed max_bake")
        keys = [metric.key for metric in self.metrics]
        if len(set(keys)) < len(keys):
            raise ValueError("metrics must have different keys")
        return self


def minutes(number: float) -> timedelta:
    """A plan's minutes as a span."""
    return timedelta(minutes=number)
