"""Mail as it came in, until it is understood and for some days after."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key

HELD_FILES = "held_files"  # outcome of a post whose files are linked from its message


class Entrance(StrEnum):
    """Which address a mail came to."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    LEAVE = "leave"
    CONFIRM = "confirm"
    POST = "post"
    OWNER = "owner"
    POSTMASTER = "postmaster"


class LetterState(StrEnum):
    """How far a mail has come."""

    WAITING = "waiting"
    DONE = "done"
    IGNORED = "ignored"  # understood, and nothing follows from it
    UNRECOGNISED = "unrecognised"  # somebody should look
    FAILED = "failed"


class Letter(Base):
    """One mail for one of our addresses; taken in before it was accepted."""

    __tablename__ = "letter"
    __table_args__ = (Index(None, "state", "id"), Index(None, "received_at"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    received_at: Mapped[datetime]
    entrance: Mapped[Entrance]
    recipient: Mapped[str]
    mail_from: Mapped[str]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[LetterState] = mapped_column(default=LetterState.WAITING)
    outcome: Mapped[str] = mapped_column(default="")  # what became of it: a word of the console
    detail: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=0)
    settled_at: Mapped[datetime | None]
