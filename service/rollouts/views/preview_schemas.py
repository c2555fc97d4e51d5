"""What programs ask of a rollout on paper, and what they read of it."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from service.rollouts.simulating import USUAL_PACE
from service.web.parsing import Instant


class SimulationQuery(BaseModel):
    """Under which fault, at which pace, from when on."""

    model_config = ConfigDict(extra="forbid")

    fault_percent: float = Field(
        1.0, ge=0.0001, lt=100, description="Share of faulty messages; 0.0001 is one in a million."
    )
    notice_minutes: float = Field(
        60, ge=0, le=100_000, description="How long after it is bound to show it is noticed."
    )
    per_minute: float = Field(
        USUAL_PACE, ge=1, le=10_000_000, description="Messages that leave in a minute at most."
    )
    at: Instant | None = Field(None, description="When it would be approved; default: now.")


#: A date and a time as a clock on the wall shows them.
WallClock = Annotated[
    datetime | None,
    WithJsonSchema({"type": ["string", "null"], "examples": ["2026-11-23T09:00:00"]}),
]


class TargetOut(BaseModel):
    """A page or list whose subscribers are concerned."""

    kind: str
    name: dict[str, str]
    people: int


class ZonePreviewOut(BaseModel):
    """The people of one time zone."""

    zone: str
    people: int
    first: datetime | None = Field(description="When the first of them may get it; null: never.")
    local: WallClock = Field(description="The same on their clock, without offset.")
    here: WallClock = Field(description="The same on the page's clock, without offset.")
    clock: str = Field(description="The zone whose clock counts: the plan's where theirs is none.")


class ReadingOut(BaseModel):
    """People who chose a language, and the one they will read."""

    chosen: str
    read: str
    people: int


class WaitOut(BaseModel):
    """Something a rollout depends on that is not given now."""

    name: str = Field(examples=["team:support"])
    why: str


class PreviewOut(BaseModel):
    """Who gets it, when, in which language, by which rule; who does not, and why."""

    size: int = Field(description="Addresses concerned.")
    written: int = Field(description="Of these, who would be written to as things are.")
    people: int = Field(description="Of these, persons, along windows and stages.")
    targets: list[TargetOut]
    channels: dict[str, int]
    languages: list[ReadingOut]
    timezone: str = Field(description="Of the page or list it speaks for.")
    zones: list[ZonePreviewOut]
    left_out: dict[str, int] = Field(description="Known to a target, not written to, by reason.")
    never: int = Field(description="People whose clock has no allowed hour before the expiry.")
    held_out: int = Field(description="People kept out, to compare with.")
    stages: list[int] = Field(description="People in each stage; those of cohorts come first.")
    waits_for: list[WaitOut] = Field(description="What it would wait for before it begins.")


class StageSimulationOut(BaseModel):
    """One stage on paper."""

    no: int
    people: int
    reached: int = Field(description="People who have it by its end.")
    opens_at: datetime
    quorum_at: datetime | None
    follows_at: datetime | None = Field(description="When the next may open.")
    reveals: float = Field(description="Smallest fault that shows with a chance of 90 %.")
    chances: dict[str, float] = Field(description="Chance that a fault of this share shows.")


class WaySimulationOut(BaseModel):
    """One way to send it, and what the fault would come to."""

    way: str
    hours_to_50: float | None
    hours_to_95: float | None
    hours_to_100: float | None
    peak_per_minute: int
    inside_windows: float
    carried: int
    never: int
    skipped: int = Field(description="People who would get nothing as things are: see `left_out`.")
    noticed_at: datetime | None
    exposed: int
    affected: int


class SimulationOut(BaseModel):
    """The plan on paper, beside two plainer ways."""

    at: datetime
    fault_share: float
    notice_minutes: float
    per_minute: float
    needed: int = Field(description="People of whom one meets the fault with a chance of 90 %.")
    stages: list[StageSimulationOut]
    ways: list[WaySimulationOut] = Field(description="The plan's own is the last.")
    left_out: list[str] = Field(description="What may make the real one slower or smaller.")
