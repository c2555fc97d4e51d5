"""What a gate looks at: measured counts, and the standard that the plan holds them to."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from scheduling.plan_fields import (
    BadField,
    choice,
    instant,
    must_be_utc,
    number,
    seconds,
    table,
    text,
    whole,
)

FRESH_FOR = timedelta(minutes=15)
"""How old a reading may be when the plan does not say."""

_COMMON = ("key", "kind", "reading", "fresh_for", "weight")


class Weight(StrEnum):
    """Whether a metric decides or only tells the operators."""

    ENFORCED = "enforced"
    WARN = "warn"


class Fault(StrEnum):
    """Why there is no reading."""

    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Reading:
    """A count, what it is a count of (None if of nothing), and the instant it was true, in UTC.

    A denominator counts matured exposure only: messages accepted longer ago than the metric's lag.
    """

    count: float
    denominator: float | None
    as_of: datetime

    def __post_init__(self) -> None:
        for field, amount in (("count", self.count), ("denominator", self.denominator)):
            if amount is not None and not (math.isfinite(amount) and amount >= 0):
                raise BadField(field, "must be a number of at least 0")
        must_be_utc(self.as_of, "as_of")

    @classmethod
    def from_json(cls, raw: object) -> "Reading | Fault":
        """Read what `to_json` wrote; anything else is missing or unreadable, never an error."""
        if raw is None or raw == Fault.MISSING:
            return Fault.MISSING
        try:
            fields = table(raw, "reading", ("count", "denominator", "as_of"))
            denominator = fields.get("denominator")
            return cls(
                number(fields.get("count"), "count"),
                None if denominator is None else number(denominator, "denominator"),
                instant(fields.get("as_of"), "as_of"),
            )
        except (ValueError, OverflowError):
            return Fault.UNREADABLE

    def to_json(self) -> dict[str, object]:
        """The JSON that `from_json` reads."""
        return {
            "count": self.count,
            "denominator": self.denominator,
            "as_of": self.as_of.isoformat(),
        }


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
class Boolean:
    """A signal that stops the rollout when its count is not 0, such as data corruption."""

    kind: ClassVar[str] = "boolean"

    def to_plan(self) -> dict[str, object]:
        """Its own fields, as JSON: none."""
        return {}


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


Standard = Ratio | Boolean | Expected
"""What a count is held to."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing a gate looks at. A *reading* older than *fresh_for* is stale."""

    key: str
    standard: Standard
    reading: Reading | Fault = Fault.MISSING
    fresh_for: timedelta = FRESH_FOR
    weight: Weight = Weight.ENFORCED

    @classmethod
    def from_json(cls, raw: object, field: str = "metric") -> "Metric":
        """Read what `to_json` wrote; *field* is its path. Raises BadField, a ValueError.

        A plan's metric has no reading yet: {"kind": "ratio", "key": "hard_bounces", "good": 0.02,
        "bad": 0.1, "min_events": 20, "min_exposed": 200, "fresh_for": 900, "weight": "enforced"}.
        """
        standard = _standard(raw, field)
        fields = table(raw, field, (*_COMMON, *standard.to_plan()))
        return cls(
            text(fields.get("key"), f"{field}/key"),
            standard,
            Reading.from_json(fields.get("reading")),
            seconds(fields.get("fresh_for", FRESH_FOR.total_seconds()), f"{field}/fresh_for"),
            choice(fields.get("weight", Weight.ENFORCED), f"{field}/weight", Weight),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON that `from_json` reads: spans in seconds, instants in ISO 8601."""
        reading = self.reading
        return {
            "key": self.key,
            "kind": self.standard.kind,
            **self.standard.to_plan(),
            "reading": reading.value if isinstance(reading, Fault) else reading.to_json(),
            "fresh_for": self.fresh_for.total_seconds(),
            "weight": self.weight.value,
        }


def _standard(raw: object, field: str) -> Standard:
    fields = raw if isinstance(raw, Mapping) else {}
    match fields.get("kind"):
        case Ratio.kind:
            return Ratio(
                number(fields.get("good"), f"{field}/good"),
                number(fields.get("bad"), f"{field}/bad"),
                whole(fields.get("min_events", 0), f"{field}/min_events"),
                whole(fields.get("min_exposed", 0), f"{field}/min_exposed"),
            )
        case Boolean.kind:
            return Boolean()
        case Expected.kind:
            return Expected(
                _bound(fields, "least_volume", field),
                _bound(fields, "most_volume", field),
                _bound(fields, "least_rate", field),
                _bound(fields, "most_rate", field),
                whole(fields.get("min_exposed", 0), f"{field}/min_exposed"),
            )
    raise BadField(f"{field}/kind", "must be one of ratio, boolean, expected")


def _bound(fields: Mapping[str, object], name: str, field: str) -> float | None:
    raw = fields.get(name)
    return None if raw is None else number(raw, f"{field}/{name}")
