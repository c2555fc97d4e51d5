"""What belongs to endpoints: their owner, what waits for them, how far the audit was followed."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.audit.models import AuditEntry
from service.db.base import Base, Key, new_public_id
from service.pages.models import ComponentState, State


class Endpoint(Base):
    """What somebody decided about a webhook address besides what it subscribed to."""

    __tablename__ = "endpoint"

    address_id: Mapped[int] = mapped_column(ForeignKey("address.id"), primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("address.id"), index=True)
    label: Mapped[str] = mapped_column(default="")
    watches: Mapped[list[str]]  # operators' own events: `rollout`, `publication` …; else empty
    retires_at: Mapped[datetime | None]  # when the older secrets sign no more
    warned_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class EndpointWish(Base):
    """Somebody wants an endpoint told of a page; the owner of the mail address has to agree."""

    __tablename__ = "endpoint_wish"
    __table_args__ = (Index(None, "network", "at"), Index(None, "owner_id", "at"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("address.id"))
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    url: Mapped[str]
    choice: Mapped[dict[str, Any]]  # a `Choice`
    style: Mapped[str]
    network: Mapped[str]
    at: Mapped[datetime]
    registered_id: Mapped[int | None] = mapped_column(ForeignKey("address.id"))


class Notice(Base):
    """Something for one endpoint that is no delivery of a rollout: a test, a replay, a decision."""

    __tablename__ = "notice"
    __table_args__ = (Index(None, "address_id", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    address_id: Mapped[int] = mapped_column(BigInteger)
    parcel: Mapped[str]
    kind: Mapped[str]
    publication_id: Mapped[int | None] = mapped_column(BigInteger)  # a replay of this one
    content: Mapped[dict[str, Any] | None]  # else {"message": …} or {"notice": …}
    attempt: Mapped[int] = mapped_column(default=1)
    due_at: Mapped[datetime]
    lease_until: Mapped[float] = mapped_column(default=0.0)  # database's clock
    fence: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(index=True)
    result: Mapped[str] = mapped_column(default="")


#: What is only ever added to, and read with a bookmark.
Growing = AuditEntry | ComponentState


class Bookmark(Base):
    """How far a reader of a growing table has come, and what it waits for to go further."""

    __tablename__ = "bookmark"

    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    seen: Mapped[int | None] = mapped_column(BigInteger)  # whole up to here once they are done:
    awaited: Mapped[list[str] | None]  # names of transactions that wrote when it was looked at


class ToldState(Base):
    """What endpoints were last told of a component's state, and how many times."""

    __tablename__ = "told_state"

    component_id: Mapped[int] = mapped_column(ForeignKey("component.id"), primary_key=True)
    state: Mapped[State]
    sequence: Mapped[int] = mapped_column(default=0)


class StateChange(Base):
    """What endpoints were told of a component's state, for programs that catch up."""

    __tablename__ = "state_change"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    content: Mapped[dict[str, Any]]  # a frozen message
