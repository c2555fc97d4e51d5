"""Rollouts, their stages, waves and gates."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key, new_public_id


class RolloutState(StrEnum):
    """A rollout's life."""

    PLANNING = "planning"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    ABORTED = "aborted"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


#: Nothing more will leave.
OVER = frozenset(
    {
        RolloutState.COMPLETED,
        RolloutState.ABORTED,
        RolloutState.EXPIRED,
        RolloutState.CANCELLED,
    }
)


class PauseReason(StrEnum):
    """Who or what paused a rollout."""

    MANUAL = "manual"
    GATE = "gate"
    GUARD = "guard"
    RESTORED = "restored"
    DEPENDENCY = "dependency"  # something it needs is not given
    ERROR = "error"  # it could not be judged
    CHANGED = "changed"  # what is to be sent is not what was approved
    CAPACITY = "capacity"  # too slow to reach everybody before it expires
    CLOCK = "clock"  # the plan's clock jumped: its hours and bakes cannot be relied on
    TZDB = "tzdb"  # new zone data moved a wave that is due soon


class StageKind(StrEnum):
    """Which part of the audience a stage is."""

    SOFT = "soft"  # a named cohort, before the ramp
    RAMP = "ramp"
    REST = "rest"


class StageState(StrEnum):
    """Stages open in order, each by a stored decision."""

    PENDING = "pending"
    OPEN = "open"
    BAKING = "baking"
    PASSED = "passed"
    HELD = "held"
    FAILED = "failed"  # the rollout ended before it could pass


class WaveState(StrEnum):
    """People of one schedule class in one stage, at one occurrence of their window."""

    PLANNED = "planned"
    DUE = "due"
    DRAINED = "drained"
    CARRIED = "carried"
    CANCELLED = "cancelled"


class DecisionKind(StrEnum):
    """What was decided about a rollout or a stage."""

    START = "start"
    GO = "go"
    HOLD = "hold"
    NO_GO = "no_go"
    PAUSE = "pause"
    RESUME = "resume"
    ABORT = "abort"
    EXPIRE = "expire"
    COMPLETE = "complete"
    WARN = "warn"  # told, and nothing changed
    RECALL = "recall"  # an approval taken back before anything left
    CORRECT = "correct"
    RETRACT = "retract"
    OVERRIDE = "override"  # a person opened what was held
    TROUBLE = "trouble"  # a person said so; nothing is stopped by it
    REPLAN = "replan"  # windows worked out anew with other zone data


class Rollout(Base):
    """One publication leaving."""

    __tablename__ = "rollout"
    __table_args__ = (Index(None, "state"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"), index=True)
    state: Mapped[RolloutState]
    pause_reason: Mapped[PauseReason | None]
    permutation_a: Mapped[int] = mapped_column(BigInteger)  # pos = (a·shuffle_key + b) mod p
    permutation_b: Mapped[int] = mapped_column(BigInteger)
    zone_data: Mapped[str]  # version of the zone names' rules its waves were computed with
    size: Mapped[int] = mapped_column(default=0)  # deliveries planned
    holdout: Mapped[int] = mapped_column(default=0, server_default="0")  # of them, kept out
    created_at: Mapped[datetime]
    planned_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    judged_from: Mapped[datetime | None]  # statistics count from here: its last resume
    corrects_id: Mapped[int | None] = mapped_column(BigInteger)  # the rollout it corrects
    four_eyes: Mapped[bool | None]  # whoever overrides is neither author nor approver
    waived: Mapped[list[str] | None]  # dependencies that a person overrode
    asked_at: Mapped[datetime | None]  # when staff were last told that it needs them
    undo_minutes: Mapped[float | None]  # chosen at its approval, beside those of the plan
    short_by: Mapped[int | None]  # people out of reach before it expires, when it last paused so


class Segment(Base):
    """One channel's people of one schedule class: what one planning transaction writes."""

    __tablename__ = "segment"
    __table_args__ = (UniqueConstraint("rollout_id", "no"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"))
    no: Mapped[int]
    channel: Mapped[str]
    is_ramped: Mapped[bool]  # persons; systems are told when the rollout starts
    zones: Mapped[list[str]]
    size: Mapped[int | None]  # None until its deliveries are written


class Stage(Base):
    """A range of ranks: a step of the ramp."""

    __tablename__ = "stage"
    __table_args__ = (UniqueConstraint("rollout_id", "no"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"))
    no: Mapped[int]
    kind: Mapped[StageKind]
    rank_lo: Mapped[int] = mapped_column(BigInteger)
    rank_hi: Mapped[int] = mapped_column(BigInteger)  # inclusive
    size: Mapped[int]
    state: Mapped[StageState]
    opened_at: Mapped[datetime | None]
    baking_at: Mapped[datetime | None]  # quorum reached
    ended_at: Mapped[datetime | None]
    # What was known when it was last resumed: statistics begin anew from there.
    sent_before: Mapped[int] = mapped_column(default=0)
    refused_before: Mapped[int] = mapped_column(default=0)
    resumed_at: Mapped[float | None]  # database's clock
    judged_at: Mapped[datetime | None]  # when it was judged last


class Wave(Base):
    """A stage's people of one segment at one occurrence of their window: the unit of time."""

    __tablename__ = "wave"
    __table_args__ = (
        UniqueConstraint("stage_id", "segment_no", "occurrence"),
        Index(None, "rollout_id", "state"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"))
    stage_id: Mapped[int] = mapped_column(ForeignKey("stage.id"))
    segment_no: Mapped[int]
    occurrence: Mapped[int]
    due_at: Mapped[datetime]
    close_at: Mapped[datetime | None]
    state: Mapped[WaveState]
    size: Mapped[int]


class GateRun(Base):
    """One judgement, with all it was derived from: it can be derived again."""

    __tablename__ = "gate_run"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"), index=True)
    stage_id: Mapped[int] = mapped_column(ForeignKey("stage.id"))
    at: Mapped[datetime]
    verdict: Mapped[str]
    inputs: Mapped[dict[str, Any]]
    reasons: Mapped[list[Any]]
    # Says the same, in other numbers, as the one before: kept for replay, not worth a line.
    is_repeat: Mapped[bool | None]


class Decision(Base):
    """What was decided, by whom, why, and on which judgement."""

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"), index=True)
    stage_id: Mapped[int | None] = mapped_column(ForeignKey("stage.id"))
    gate_run_id: Mapped[int | None] = mapped_column(ForeignKey("gate_run.id"))
    kind: Mapped[DecisionKind]
    at: Mapped[datetime]
    by: Mapped[str]
    comment: Mapped[str]
    reason: Mapped[PauseReason | None]  # of a pause


class Signal(Base):
    """A number that an upstream system pushed about a period; None: it could not be measured."""

    __tablename__ = "signal"
    __table_args__ = (Index(None, "rollout_id", "key"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"))
    key: Mapped[str]
    value: Mapped[float | None]
    denominator: Mapped[float | None]
    period_from: Mapped[datetime]
    period_to: Mapped[datetime]
    source: Mapped[str]
    received_at: Mapped[datetime]
    by: Mapped[str]


class Exposure(Base):
    """How many people a rollout had reached at an instant: what a metric's lag looks back to."""

    __tablename__ = "exposure"

    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    sent: Mapped[int]


class Acknowledgement(Base):
    """A team's word that it is, or is no longer, ready for a rollout; the newest holds."""

    __tablename__ = "acknowledgement"
    __table_args__ = (Index(None, "rollout_id", "team"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"))
    team: Mapped[str]
    is_ready: Mapped[bool]
    comment: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]


class Freeze(Base):
    """A period in which nothing that can wait is let out."""

    __tablename__ = "freeze"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    name: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_at: Mapped[datetime]
    by: Mapped[str]
    lifted_at: Mapped[datetime | None]
