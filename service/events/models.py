"""Events and the append-only log of their updates."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key, Localised, new_public_id
from service.pages.models import State


class Category(StrEnum):
    """What kind of event it is."""

    INCIDENT = "incident"
    MAINTENANCE = "maintenance"
    ACTION_REQUIRED = "action_required"
    ANNOUNCEMENT = "announcement"
    GENERAL = "general_message"  # about a whole platform, tied to no component


class EventStage(StrEnum):
    """How far an event is; `STAGES` says which category has which, in order."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POSTMORTEM = "postmortem"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    PUBLISHED = "published"
    CLOSED = "closed"
    ENDED = "ended"
    RETRACTED = "retracted"


class Event(Base):
    """What happened or will happen on a page; all that changes is in its updates."""

    __tablename__ = "event"
    __table_args__ = (
        Index(None, "page_id", "created_at"),
        Index(None, "page_id", "external_key"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    category: Mapped[Category]
    title: Mapped[Localised]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    external_key: Mapped[str | None]  # what a monitoring tool calls it, after its hook's name
    # What a maintenance does without anybody asking:
    starts_itself: Mapped[bool] = mapped_column(default=False, server_default=false())
    ends_itself: Mapped[bool] = mapped_column(default=False, server_default=false())
    tells_start: Mapped[bool] = mapped_column(default=False, server_default=false())
    tells_end: Mapped[bool] = mapped_column(default=False, server_default=false())
    tells_before: Mapped[bool] = mapped_column(default=False, server_default=false())
    reminded_at: Mapped[datetime | None]  # subscribers, before it began or had to be done
    # The newest occurrence of a series carries its rule on; see `recurring`:
    series: Mapped[str | None]  # public id of the first one
    series_from: Mapped[datetime | None]  # when the first one was planned for
    occurs_at: Mapped[datetime | None]  # when this one was, before anybody moved it
    rule: Mapped[str | None]  # RFC 5545, on the clock of its page
    ahead_days: Mapped[int | None]  # how long before its start the next one is announced
    recurs_at: Mapped[datetime | None]  # when the next one is
    chased_at: Mapped[datetime | None]  # staff, of the update that was promised


class EventUpdate(Base):
    """One dated word about an event; seen by the public once its publication has started."""

    __tablename__ = "event_update"
    __table_args__ = (UniqueConstraint("event_id", "no"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    no: Mapped[int]
    stage: Mapped[EventStage]
    body: Mapped[Localised]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]  # expected until the event is over
    next_update_at: Mapped[datetime | None]  # promised
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"), index=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    logged_at: Mapped[datetime | None]  # when its states entered the log of its page


class UpdateComponent(Base):
    """The state an update gives a component."""

    __tablename__ = "update_component"

    update_id: Mapped[int] = mapped_column(ForeignKey("event_update.id"), primary_key=True)
    component_id: Mapped[int] = mapped_column(ForeignKey("component.id"), primary_key=True)
    state: Mapped[State]


class EventTemplate(Base):
    """Words for a stage of a category, with fields in braces: `{cause}`."""

    __tablename__ = "event_template"
    __table_args__ = (UniqueConstraint("category", "stage", "name"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    category: Mapped[Category]
    stage: Mapped[EventStage]
    name: Mapped[str]
    title: Mapped[Localised]
    body: Mapped[Localised]


class Duty(Base):
    """A role in an incident, what it answers for, and who has it."""

    __tablename__ = "duty"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), index=True)
    name: Mapped[str]
    tasks: Mapped[str]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    position: Mapped[int]
    told_at: Mapped[datetime | None]  # whoever has it knows


class Handbook(Base):
    """What a page's staff agreed on: what is an incident, what counts, where people get help."""

    __tablename__ = "handbook"

    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), primary_key=True)
    criteria: Mapped[Localised]
    principles: Mapped[Localised]
    help: Mapped[Localised]  # for the public


class Outlet(Base):
    """A way to inform: which incidents, which service, how access is obtained; never a secret."""

    __tablename__ = "outlet"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), index=True)
    name: Mapped[Localised]
    purpose: Mapped[Localised]
    url: Mapped[str]
    incidents: Mapped[str]
    service: Mapped[str]
    access: Mapped[str]
    is_public: Mapped[bool]
    position: Mapped[int]
    changed_at: Mapped[datetime]
