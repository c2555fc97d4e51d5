"""Who may submit what, who looks after which queue, and how far the queue has got."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key, new_public_id


class Stance(StrEnum):
    """What becomes of what a sender submits."""

    REFUSED = "refused"  # it is not even held
    MODERATED = "moderated"  # it is held
    TRUSTED = "trusted"  # it leaves at once


class Sender(Base):
    """A program or a mail address that may submit; its rules refine *stance*."""

    __tablename__ = "sender"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    name: Mapped[str] = mapped_column(unique=True)
    api_key_id: Mapped[int | None] = mapped_column(ForeignKey("api_key.id"), unique=True)
    address: Mapped[str | None] = mapped_column(unique=True)  # in small letters
    stance: Mapped[Stance]
    secret: Mapped[str | None] = mapped_column(unique=True)  # digest of the word in its address
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class SenderRule(Base):
    """An exception to a sender's stance; "" stands for every category, or every page and list."""

    __tablename__ = "sender_rule"
    __table_args__ = (UniqueConstraint("sender_id", "category", "target"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    sender_id: Mapped[int] = mapped_column(ForeignKey("sender.id"))
    category: Mapped[str]
    target: Mapped[str]  # `page:3`, `list:1`
    stance: Mapped[Stance]


class Policy(Base):
    """How many must agree before something leaves. One row; none means the defaults."""

    __tablename__ = "moderation_policy"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    four_eyes: Mapped[bool] = mapped_column(default=False)  # author and approver differ
    quorum: Mapped[int] = mapped_column(default=1)  # approvals needed
    urgent: Mapped[bool] = mapped_column(default=True)  # one approval lets an incident leave
    seeds: Mapped[list[str]] = mapped_column(default=list)  # addresses that get test mails


class Duty(Base):
    """Somebody looks after what is for one page or list; a backup is told when nobody decides."""

    __tablename__ = "moderation_duty"
    __table_args__ = (UniqueConstraint("staff_id", "target"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    target: Mapped[str] = mapped_column(index=True)  # `page:3`, `list:1`
    is_backup: Mapped[bool]


class Vote(Base):
    """One approval of one hash."""

    __tablename__ = "moderation_vote"
    __table_args__ = (UniqueConstraint("publication_id", "by"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"))
    by: Mapped[str]
    at: Mapped[datetime]
    comment: Mapped[str]
    undo_minutes: Mapped[float | None]  # in which they want to be able to take it back


class Handling(Base):
    """How a publication fares in the queue: claimed, put off, reminded of, reviewed afterwards."""

    __tablename__ = "moderation_handling"

    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"), primary_key=True)
    claimed_by: Mapped[str] = mapped_column(default="")
    claimed_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]  # nobody need look before
    held_why: Mapped[str] = mapped_column(default="")
    told_at: Mapped[datetime | None]  # moderators learned of it
    reminders: Mapped[int] = mapped_column(default=0)  # the second goes to the backup too
    settled_at: Mapped[datetime | None] = mapped_column(index=True)  # all learned how it ended
    review_since: Mapped[datetime | None] = mapped_column(index=True)  # it left before that
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str] = mapped_column(default="")
    review: Mapped[str] = mapped_column(default="")


class Notice(Base):
    """Something that one person is told once about a publication."""

    __tablename__ = "moderation_notice"
    __table_args__ = (
        UniqueConstraint("publication_id", "kind", "recipient"),
        Index(None, "sent_at", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"))
    kind: Mapped[str]  # `held`, `reminder:1`, `decided`, `outcome`, `review`
    recipient: Mapped[str]  # `staff:3`, `sender:5`
    at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
