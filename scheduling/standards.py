"""What a count is held to: a ratio, a threshold, a boolean alarm, something expected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from scheduling.plan_fields import BadField, flag, number, whole


@dataclass(frozen=True, slots=True)
class Ratio:
    """Events per message, told apart by a sequential test between a *good* and a *bad* share.

    No NO_GO comes from fewer than *min_events* events or *min_exposed* messages.
    """

    good: float
    bad: float
    min_events: int = 0
    min_exposed: int = 0

    kind: ClassVar[str] = "ratio"

    def __post_init__(self) -> None:
        if not 0 < self.good < 1:
            raise BadField("good", "must be between 0 and 1")
        if not self.good < self.bad < 1:
            raise BadField("bad", "must be between the good share and 1")

    def to_plan(self) -> dict[str, object]:
        """Its own fields, as JSON."""
        return {
            "good": self.good,
            "bad": self.bad,
            "min_events": self.min_events,
            "min_exposed": self.min_exposed,
        }


@dataclass(frozen=True, slots=True)
class Threshold:
    """Events per message in a span of sending: from *warn* on told, from *pause* on a NO_GO.

    An alarm and no proof of health: what is below it is clear, however few were counted.
    """

    warn: float
    pause: float
    min_events: int = 0
    min_exposed: int = 0

    kind: ClassVar[str] = "threshold"

    def __post_init__(self) -> None:
        if not 0 < self.warn < 1:
            raise BadField("warn", "must be between 0 and 1")
        if not self.warn <= self.pause < 1:
            raise BadField("pause", "must be between the share that warns and 1")

    def to_plan(self) -> dict[str, object]:
        """Its own fields, as JSON."""
        return {
            "warn": self.warn,
            "pause": self.pause,
            "min_events": self.min_events,
            "min_exposed": self.min_exposed,
        }


@dataclass(frozen=True, slots=True)
class Boolean:
    """A signal that stops the rollout when its count is not 0; one that *ends* it aborts it."""

    ends: bool = False

    kind: ClassVar[str] = "boolean"

    def to_plan(self) -> dict[str, object]:
        """Its own fields, as JSON."""
        return {"ends": self.ends}


@dataclass(frozen=True, slots=True)
class Expected:
    """Something that should happen, such as many sign-ups of which few fail.

    The *volume* is the denominator, or the count when there is none; the *rate* is count divided
    by denominator, looked at once the denominator reaches *min_exposed*. A bound that is None
    does not bind.
    """

    least_volume: float | None = None
    most_volume: float | None = None
    least_rate: float | None = None
    most_rate: float | None = None
    min_exposed: int = 0

    kind: ClassVar[str] = "expected"

    def __post_init__(self) -> None:
        for name in ("volume", "rate"):
            least, most = getattr(self, f"least_{name}"), getattr(self, f"most_{name}")
            if least is not None and most is not None and most < least:
                raise BadField(f"most_{name}", f"must not be below least_{name}")

    @property
    def bounds_rate(self) -> bool:
        """Whether a denominator is needed."""
        return self.least_rate is not None or self.most_rate is not None

    def to_plan(self) -> dict[str, object]:
        """Its own fields, as JSON."""
        return {
            "least_volume": self.least_volume,
            "most_volume": self.most_volume,
            "least_rate": self.least_rate,
            "most_rate": self.most_rate,
            "min_exposed": self.min_exposed,
        }


Standard = Ratio | Threshold | Boolean | Expected
"""What a count is held to."""


def parse_standard(raw: object, field: str) -> Standard:
    """Read what a standard's `to_plan` wrote, with its kind. Raises BadField, a ValueError."""
    fields = raw if isinstance(raw, Mapping) else {}
    match fields.get("kind"):
        case Ratio.kind:
            return Ratio(
                number(fields.get("good"), f"{field}/good"),
                number(fields.get("bad"), f"{field}/bad"),
                whole(fields.get("min_events", 0), f"{field}/min_events"),
                whole(fields.get("min_exposed", 0), f"{field}/min_exposed"),
            )
        case Threshold.kind:
            return Threshold(
                number(fields.get("warn"), f"{field}/warn"),
                number(fields.get("pause"), f"{field}/pause"),
                whole(fields.get("min_events", 0), f"{field}/min_events"),
                whole(fields.get("min_exposed", 0), f"{field}/min_exposed"),
            )
        case Boolean.kind:
            return Boolean(flag(fields.get("ends", False), f"{field}/ends"))
        case Expected.kind:
            return Expected(
                _bound(fields, "least_volume", field),
                _bound(fields, "most_volume", field),
                _bound(fields, "least_rate", field),
                _bound(fields, "most_rate", field),
                whole(fields.get("min_exposed", 0), f"{field}/min_exposed"),
            )
    raise BadField(f"{field}/kind", "must be one of ratio, threshold, boolean, expected")


def _bound(fields: Mapping[str, object], name: str, field: str) -> float | None:
    raw = fields.get(name)
    return None if raw is None else number(raw, f"{field}/{name}")
