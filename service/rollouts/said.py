"""What programs and the command say about rollouts, read the same way from both."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.publications.gates import Name
from service.rollouts.signalling import SignalWish
from service.web.parsing import Instant, Line

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


class FreezeIn(BaseModel):
    """A period in which nothing leaves that can wait."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Line(120)]
    starts_at: Instant
    ends_at: Instant
