"""How programs read and steer rollouts."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from service.deliveries.models import DeliveryState
from service.rollouts.models import PauseReason, RolloutState
from service.web.parsing import Line, Prose


class SteerIn(BaseModel):
    """Why a rollout is paused, resumed or aborted."""

    model_config = ConfigDict(extra="forbid")

    comment: Annotated[str, Prose(2000, 0)] = ""


class DeliveriesQuery(BaseModel):
    """Which deliveries, from where on."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(0, ge=0, le=2**53, description="Number of the last one seen.")
    limit: int = Field(100, ge=1, le=1000)
    state: DeliveryState | None = None


class RolloutsQuery(BaseModel):
    """Which rollouts, from where on."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[str, Line(12)] | None = Field(None, description="Id of the last one seen.")
    limit: int = Field(50, ge=1, le=100)
    state: RolloutState | None = None


class CountsOut(BaseModel):
    """How many deliveries are where; the parts sum to the total."""

    total: int
    planned: int
    sending: int
    accepted: int
    rejected: int
    deferred: int
    unknown: int
    skipped: int
    cancelled: int


class WaveOut(BaseModel):
    """People of one schedule class in one stage, at one occurrence of their window."""

    zones: list[str]
    due_at: datetime
    close_at: datetime | None
    state: str
    size: int


class StageOut(BaseModel):
    """A step of the ramp."""

    no: int
    kind: str
    state: str
    size: int
    accepted: int
    rejected: int
    skipped: int
    opened_at: datetime | None
    ended_at: datetime | None
    waves: list[WaveOut]


class DecisionOut(BaseModel):
    """What was decided, by whom and why."""

    at: datetime
    kind: str
    by: str
    stage: int | None
    comment: str


class GateOut(BaseModel):
    """One judgement with its reasons."""

    at: datetime
    stage: int
    verdict: str
    reasons: list[Any]


class RolloutOut(BaseModel):
    """Where a rollout stands."""

    id: str
    publication: str
    state: str
    pause_reason: str | None
    created_at: datetime
    planned_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    zone_data: str = Field(description="Edition of the zone rules it was planned with.")
    deliveries: CountsOut
    skipped: dict[str, int] = Field(description="By reason.")
    stages: list[StageOut]
    decisions: list[DecisionOut]
    gates: list[GateOut] = Field(description="Newest first.")


class DeliveryOut(BaseModel):
    """One delivery; the address is masked."""

    n: int
    channel: str
    address: str
    timezone: str
    locale: str
    state: str
    reason: str
    attempt: int
    at: datetime | None
    code: str
    detail: str


class DeliveriesOut(BaseModel):
    """Deliveries in order; `next` is the `after` of the next page, null at the end."""

    deliveries: list[DeliveryOut]
    next: int | None


class RolloutLineOut(BaseModel):
    """A rollout in a line; read it by its id for stages and decisions."""

    id: str
    publication: str
    title: dict[str, str] = Field(description="By language.")
    state: RolloutState
    pause_reason: PauseReason | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    deliveries: CountsOut


class RolloutsOut(BaseModel):
    """Rollouts, newest first; `next` is the `after` of the next page, null at the end."""

    rollouts: list[RolloutLineOut]
    next: str | None
