"""How a publication leaves: the one validated document that is hashed with its content."""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from scheduling import ramp, zones
from scheduling.rules import Rule
from scheduling.waves import Late
from service.publications.dependencies import Dependencies
from service.publications.gates import Gate, Share

__all__ = ["PLANNED", "URGENT", "Alignment", "Gate", "OnUnknown", "Plan"]


class Alignment(StrEnum):
    """What time means to a rollout."""

    COHORT_FIRST = "cohort_first"  # each person at the next window of their own clock
    INSTANT = "instant"  # no windows, stages of minutes


class OnUnknown(StrEnum):
    """What to do with a message that may or may not have arrived."""

    HOLD = "hold"  # never twice; listed as uncertain
    RESEND = "resend"  # never missing; perhaps twice


def _zone(name: str) -> str:
    if not zones.is_zone(name):
        raise ValueError("is not an IANA time zone; use a name such as Europe/Paris")
    return name


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("needs an offset: 2026-11-24T09:00:00Z")
    return instant.astimezone(UTC)


Zone = Annotated[str, AfterValidator(_zone)]
When = Annotated[datetime, AfterValidator(_utc)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Plan(_Part):
    """Schedule, growth, gate and policies of a rollout."""

    alignment: Alignment = Alignment.COHORT_FIRST
    not_before: When | None = None
    windows: tuple[dict[str, Any], ...] = (
        {"days": [0, 1, 2, 3, 4, 5, 6], "start": "09:00", "end": "20:00"},
    )
    blackouts: tuple[date, ...] = ()
    late: Late = Late.NEXT_WINDOW
    fallback_zone: Zone = "UTC"
    growth: dict[str, Any] = Field(
        default_factory=lambda: {"kind": "percent", "steps": [1, 5, 20, 50, 100]}
    )
    gate: Gate = Gate()
    dependencies: Dependencies = Dependencies()
    holdout: float = Field(0.0, ge=0, le=0.5)  # a share kept out, the same from the first stage on
    quorum: Share = 0.95
    spread: float = Field(10, ge=0, le=240)  # minutes over which a window's crowd sets out
    per_minute: int | None = Field(None, ge=1)  # messages of this rollout in any minute
    on_unknown: OnUnknown = OnUnknown.HOLD
    undo_minutes: float = Field(0, ge=0, le=5)  # after approval, in which it can be taken back

    @model_validator(mode="after")
    def _checked(self) -> Self:
        self.rule()
        ramp.parse_growth(self.growth)
        return self

    def rule(self, expires: datetime | None = None) -> Rule:
        """The windows as a predicate on instants; `instant` drops them."""
        given = self.windows if self.alignment is Alignment.COHORT_FIRST else ()
        return Rule.from_plan(
            {
                "windows": list(given),
                "blackouts": [day.isoformat() for day in self.blackouts],
                "not_before": self.not_before.isoformat() if self.not_before else None,
                "expires": expires.isoformat() if expires else None,
            }
        )

    @property
    def cohorts(self) -> tuple[ramp.Cohort, ...]:
        """The named cohorts that come before everybody else, in order."""
        growth = ramp.parse_growth(self.growth)
        return growth.first if isinstance(growth, ramp.Cohorts) else ()

    def held_out(self, people: int) -> int:
        """How many of *people* are kept out, to compare with."""
        return int(people * self.holdout)

    @property
    def spread_over(self) -> timedelta:
        """How long a crowd takes to set out when a window opens: nothing piles up at :00."""
        return timedelta(minutes=self.spread)

    def growing(self, people: int) -> tuple[int, ...]:
        """How many of *people* are reached after each stage; none is too small to be judged.

        Cohorts come before them, each a stage of its own whatever its size.
        """
        smallest = max(self.gate.min_exposed, 1)
        return ramp.cumulative(ramp.parse_growth(self.growth), people, smallest)

    def to_json(self) -> dict[str, Any]:
        """The plan as a document."""
        return self.model_dump(mode="json")


#: Incidents: no windows, minutes-long stages, and rather twice than never.
URGENT = Plan(
    alignment=Alignment.INSTANT,
    growth={"kind": "percent", "steps": [1, 20, 100]},
    gate=Gate(min_bake=2, max_bake=30),
    on_unknown=OnUnknown.RESEND,
)
PLANNED = Plan()
