"""What a gate is judged from, as values that are stored and read back.

What the plan says must be right and is refused by the field's name otherwise. What was measured
may be missing or unreadable: that is kept as such, for the judgement to hold on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scheduling.metrics import Metric
from scheduling.plan_fields import (
    BadField,
    choice,
    flag,
    instant,
    listing,
    must_be_utc,
    seconds,
    table,
    text,
    whole,
)


class OnInconclusive(StrEnum):
    """What a gate does that is still undecided when its longest bake is over."""

    ASK = "ask"
    NO_GO = "no_go"


@dataclass(frozen=True, slots=True)
class Tripwires:
    """What stops a rollout at once, judged over the last 200 attempts; None is not known."""

    attempted: int | None
    refused: int | None
    render_errors: int | None

    @classmethod
    def from_json(cls, raw: object) -> "Tripwires":
        """Read what `to_json` wrote; what cannot be read is not known."""
        counts = raw if isinstance(raw, Mapping) else {}
        return cls(*(_count(counts.get(key)) for key in ("attempted", "refused", "render_errors")))

    def to_json(self) -> dict[str, object]:
        """The JSON that `from_json` reads."""
        return {
            "attempted": self.attempted,
            "refused": self.refused,
            "render_errors": self.render_errors,
        }


@dataclass(frozen=True, slots=True)
class GateInputs:
    """All that a verdict depends on. *now* is the instant of judging, in UTC.

    *planned* people are in the stages so far, *matured* of them were accepted long enough ago
    (None if not known). *small* marks a gate that can never mature for another reason than too
    few people. *reached* people are all that its metrics could ever count before the next stage;
    *content* is the hash of what they were sent.
    """

    now: datetime
    planned: int
    matured: int | None
    elapsed: timedelta
    tripwires: Tripwires
    metrics: tuple[Metric, ...] = ()
    min_bake: timedelta = timedelta(hours=2)
    max_bake: timedelta = timedelta(hours=24)
    min_exposed: int = 45
    on_inconclusive: OnInconclusive = OnInconclusive.ASK
    small: bool = False
    reached: int = 0
    content: str = ""

    def __post_init__(self) -> None:
        must_be_utc(self.now, "now")
        if self.max_bake < self.min_bake:
            raise BadField("max_bake", "must not be shorter than min_bake")
        keys = [metric.key for metric in self.metrics]
        if len(set(keys)) < len(keys):
            raise BadField("metrics", "must have different keys")

    @property
    def never_matures(self) -> bool:
        """Whether waiting longer cannot make the counts large enough to judge."""
        return self.small or self.planned < self.min_exposed

    @classmethod
    def from_json(cls, raw: object) -> "GateInputs":
        """Read what `to_json` wrote. Raises BadField, a ValueError, for all but measurements."""
        plan = table(raw, "inputs", cls.__dataclass_fields__)
        metrics = listing(plan.get("metrics"), "metrics")
        return cls(
            now=instant(plan.get("now"), "now"),
            planned=whole(plan.get("planned"), "planned"),
            matured=_count(plan.get("matured")),
            elapsed=seconds(plan.get("elapsed"), "elapsed"),
            tripwires=Tripwires.from_json(plan.get("tripwires")),
            metrics=tuple(Metric.from_json(each, f"metrics/{i}") for i, each in enumerate(metrics)),
            min_bake=seconds(plan.get("min_bake"), "min_bake"),
            max_bake=seconds(plan.get("max_bake"), "max_bake"),
            min_exposed=whole(plan.get("min_exposed"), "min_exposed"),
            on_inconclusive=choice(plan.get("on_inconclusive"), "on_inconclusive", OnInconclusive),
            small=flag(plan.get("small"), "small"),
            reached=whole(plan.get("reached", 0), "reached"),
            content=text(plan["content"], "content") if plan.get("content") else "",
        )

    def to_json(self) -> dict[str, object]:
        """The JSON that `from_json` reads: spans in seconds, instants in ISO 8601."""
        return {
            "now": self.now.isoformat(),
            "planned": self.planned,
            "matured": self.matured,
            "elapsed": self.elapsed.total_seconds(),
            "tripwires": self.tripwires.to_json(),
            "metrics": [metric.to_json() for metric in self.metrics],
            "min_bake": self.min_bake.total_seconds(),
            "max_bake": self.max_bake.total_seconds(),
            "min_exposed": self.min_exposed,
            "on_inconclusive": self.on_inconclusive.value,
            "small": self.small,
            "reached": self.reached,
            "content": self.content,
        }


def _count(raw: object) -> int | None:
    """*raw* if it is a count, else None: not known."""
    try:
        return whole(raw, "count")
    except BadField:
        return None
