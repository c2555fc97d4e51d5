"""How programs read and change the suppression list."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.web.parsing import Line


class SuppressionsQuery(BaseModel):
    """Which part of the list, from where on."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(0, ge=0, le=2**53, description="Number of the last one seen.")
    limit: int = Field(100, ge=1, le=1000)
    reason: str = Field("", pattern="^(bounce|staff)?$")
    address: str = Field("", max_length=254, description="How the address begins.")


class SuppressionOut(BaseModel):
    """One suppressed address."""

    id: int
    address: str
    reason: str
    since: datetime


class SuppressionsIn(BaseModel):
    """Addresses to suppress."""

    model_config = ConfigDict(extra="forbid")

    addresses: list[Annotated[str, Line(254)]] = Field(min_length=1, max_length=10_000)


class ImportedOut(BaseModel):
    """What came of it: who is suppressed now, was already, or is nobody we know."""

    suppressed: int
    known: int
    strangers: int
    faults: list[str]


class LiftIn(BaseModel):
    """Whom mail may reach again."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, Line(254)]


class SuppressionsOut(BaseModel):
    """Part of the list, and where it goes on."""

    suppressions: list[SuppressionOut]
    next: int | None
