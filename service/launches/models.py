"""Launch plans, what was done for them, and who was told when trouble came."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key, new_public_id
from service.rollouts.models import DecisionKind


class Launch(Base):
    """A launch plan, and the publication it is about."""

    __tablename__ = "launch"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    slug: Mapped[str] = mapped_column(unique=True)
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publication.id"), index=True)
    plan: Mapped[dict[str, Any]]  # a `LaunchPlan`
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class LaunchMark(Base):
    """A check that was done, or waived with a reason."""

    __tablename__ = "launch_mark"

    launch_id: Mapped[int] = mapped_column(ForeignKey("launch.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    is_waived: Mapped[bool]
    at: Mapped[datetime]
    by: Mapped[str]
    comment: Mapped[str]


class LaunchSeed(Base):
    """A test of the delivery of one content to one address."""

    __tablename__ = "launch_seed"
    __table_args__ = (UniqueConstraint("launch_id", "address", "hash"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    launch_id: Mapped[int] = mapped_column(ForeignKey("launch.id"))
    address: Mapped[str]
    hash: Mapped[str]  # of the content that was tested
    rollout_id: Mapped[int | None] = mapped_column(ForeignKey("rollout.id"))
    sent_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str] = mapped_column(default="")


class LaunchAlarm(Base):
    """Standby parties were told of one decision, once."""

    __tablename__ = "launch_alarm"

    launch_id: Mapped[int] = mapped_column(ForeignKey("launch.id"), primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), primary_key=True)
    at: Mapped[datetime]


class LaunchTrouble(Base):
    """Somebody's word that something is wrong, before there is a rollout whose log could keep it.

    It reads as a `Decision` does.
    """

    __tablename__ = "launch_trouble"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    launch_id: Mapped[int] = mapped_column(ForeignKey("launch.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    comment: Mapped[str]
    told_at: Mapped[datetime | None]  # when those on standby were

    @property
    def kind(self) -> DecisionKind:
        """What the log of a rollout would call it."""
        return DecisionKind.TROUBLE
