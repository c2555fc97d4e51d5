"""Pages, sections, components and the append-only log of their states."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key, Localised, new_public_id


class State(StrEnum):
    """How well a component works; see `RANK` for which is worse."""

    OPERATIONAL = "operational"
    MAINTENANCE = "maintenance"
    MINOR = "minor_disruption"
    MAJOR = "major_disruption"
    DOWN = "down"


#: From best to worst: the effective state is the worst one said.
RANK = {state: rank for rank, state in enumerate(State)}


class Page(Base):
    """The public site of one platform."""

    __tablename__ = "page"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    slug: Mapped[str] = mapped_column(unique=True)
    host: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[Localised]
    description: Mapped[Localised]
    languages: Mapped[list[str]]  # the first is the default
    timezone: Mapped[str]
    sender_name: Mapped[str]
    sender_address: Mapped[str]
    position: Mapped[int]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Section(Base):
    """A group of components on a page."""

    __tablename__ = "section"
    __table_args__ = (UniqueConstraint("page_id", "slug"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    slug: Mapped[str]
    name: Mapped[Localised]
    position: Mapped[int]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Component(Base):
    """One service of a platform, named uniquely inside its page only."""

    __tablename__ = "component"
    __table_args__ = (UniqueConstraint("page_id", "slug"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    slug: Mapped[str]
    name: Mapped[Localised]
    description: Mapped[Localised]
    impact: Mapped[Localised]  # what users can no longer do when it fails
    position: Mapped[int]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    known_since: Mapped[datetime | None]  # where its history begins; None: when it was created


class ComponentState(Base):
    """What one source says of a component from an instant on; `state` None ends what it said.

    Rows are read in the order they were written: a later one replaces what its source had said
    from its own instant on.
    """

    __tablename__ = "component_state"
    __table_args__ = (Index(None, "component_id", "at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    component_id: Mapped[int] = mapped_column(ForeignKey("component.id"))
    source: Mapped[str]  # opaque here: `baseline`, `event:…`
    state: Mapped[State | None]
    at: Mapped[datetime]
    by: Mapped[str]
    comment: Mapped[str]
    recorded_at: Mapped[datetime | None]  # when it was written, where that was later


class StateCorrection(Base):
    """What a component's state really was during [starts_at, ends_at), said afterwards."""

    __tablename__ = "state_correction"
    __table_args__ = (Index(None, "component_id", "ends_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    component_id: Mapped[int] = mapped_column(ForeignKey("component.id"))
    state: Mapped[State]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    at: Mapped[datetime]
    by: Mapped[str]
    reason: Mapped[str]
