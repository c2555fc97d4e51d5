"""How programs push signals, override holds and read replays."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.rollouts.models import Signal
from service.web.parsing import Prose


class SignalOut(BaseModel):
    """A signal as it is kept."""

    model_config = ConfigDict(populate_by_name=True)

    key: str
    value: float | None
    denominator: float | None
    begin: datetime = Field(alias="from")
    end: datetime = Field(alias="to")
    source: str
    received_at: datetime


class SignalsOut(BaseModel):
    """The newest signals, newest first."""

    signals: list[SignalOut]


class OverrideIn(BaseModel):
    """Why it may go on although it is held."""

    model_config = ConfigDict(extra="forbid")

    comment: Annotated[str, Prose(2000)]


class ReplayedOut(BaseModel):
    """One verdict that came out otherwise than it was stored."""

    at: datetime
    stage: int
    stored: str
    again: str
    trouble: str


class ReplayOut(BaseModel):
    """How many verdicts were derived again, and those that differ."""

    derived: int
    different: list[ReplayedOut]


def signal_out(row: Signal) -> SignalOut:
    """Return *row* as programs read it."""
    return SignalOut(
        key=row.key,
        value=row.value,
        denominator=row.denominator,
        begin=row.period_from,
        end=row.period_to,
        source=row.source,
        received_at=row.received_at,
    )
