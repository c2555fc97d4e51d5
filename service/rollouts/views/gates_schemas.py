"""How programs push signals, override holds and read replays."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.publications.gates import Name
from service.rollouts.models import Signal
from service.rollouts.signalling import SignalWish
from service.web.parsing import Instant, Line, Prose

Amount = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]


class SignalIn(BaseModel):
    """A number about the period from … to; booleans are 0 and 1, or true and false."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    key: Name
    value: Amount | bool | None = Field(description="null: it could not be measured.")
    denominator: Amount | None = Field(
        None, description="What the value is a count of; left out, a ratio counts people reached."
    )
    begin: Instant = Field(alias="from")
    end: Instant = Field(alias="to")
    source: Annotated[str, Line(80)] = Field(description="Which system says so.")

    def wish(self) -> SignalWish:
        """Return it as actions take it."""
        value = None if self.value is None else float(self.value)
        return SignalWish(self.key, value, self.denominator, self.begin, self.end, self.source)


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
