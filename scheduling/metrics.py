"""What a gate looks at: measured counts, and the standard that the plan holds them to."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scheduling.plan_fields import (
    BadField,
    choice,
    flag,
    instant,
    must_be_utc,
    number,
    seconds,
    table,
    text,
)
from scheduling.standards import Standard, parse_standard

FRESH_FOR = timedelta(minutes=15)
"""How old a reading may be when the plan does not say."""

_COMMON = ("key", "kind", "reading", "fresh_for", "weight", "lag", "of_reached")


class Weight(StrEnum):
    """Whether a metric decides, tells the operators, or is only tried out."""

    ENFORCED = "enforced"
    WARN = "warn"
    DRY_RUN = "dry_run"  # judged and stored, to see what it would have said


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
class Metric:
    """One thing a gate looks at. A *reading* older than *fresh_for* is stale.

    Its reading counts only what was accepted longer ago than *lag*. Where the denominator is the
    people reached (*of_reached*), waiting for more than all of them is no use.
    """

    key: str
    standard: Standard
    reading: Reading | Fault = Fault.MISSING
    fresh_for: timedelta = FRESH_FOR
    weight: Weight = Weight.ENFORCED
    lag: timedelta = timedelta(0)
    of_reached: bool = False

    @classmethod
    def from_json(cls, raw: object, field: str = "metric") -> "Metric":
        """Read what `to_json` wrote; *field* is its path. Raises BadField, a ValueError.

        A plan's metric has no reading yet: {"kind": "ratio", "key": "hard_bounces", "good": 0.02,
        "bad": 0.1, "min_events": 20, "min_exposed": 200, "fresh_for": 900, "weight": "enforced"}.
        """
        standard = parse_standard(raw, field)
        fields = table(raw, field, (*_COMMON, *standard.to_plan()))
        return cls(
            text(fields.get("key"), f"{field}/key"),
            standard,
            Reading.from_json(fields.get("reading")),
            seconds(fields.get("fresh_for", FRESH_FOR.total_seconds()), f"{field}/fresh_for"),
            choice(fields.get("weight", Weight.ENFORCED), f"{field}/weight", Weight),
            seconds(fields.get("lag", 0), f"{field}/lag"),
            flag(fields.get("of_reached", False), f"{field}/of_reached"),
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
            "lag": self.lag.total_seconds(),
            "of_reached": self.of_reached,
        }
