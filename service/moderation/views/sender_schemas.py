"""How programs name senders and read them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.moderation.models import Stance
from service.moderation.senders import RuleWish, SenderWish
from service.web.parsing import Line, Name

CategoryName = Literal[
    "", "incident", "maintenance", "action_required", "announcement", "general", "message"
]
Slugged = Annotated[str, Line(63, 0)]


class SenderIn(BaseModel):
    """A sender to be: a key or a mail address."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    key: Annotated[str, Line(120, 0)] = Field("", description="Name of an API key.")
    address: Annotated[str, Line(254, 0)] = Field("", description="A mail address.")
    stance: Stance = Field(Stance.MODERATED, description="What no rule speaks of.")

    def wish(self) -> SenderWish:
        """Return what is wished for, as actions take it."""
        return SenderWish(self.name, self.key, self.address, self.stance)


class StanceIn(BaseModel):
    """What becomes of what no rule speaks of."""

    model_config = ConfigDict(extra="forbid")

    stance: Stance


class PlaceQuery(BaseModel):
    """Where a rule applies."""

    model_config = ConfigDict(extra="forbid")

    category: CategoryName = Field("", description="Empty for every category.")
    page: Slugged = Field("", description="Slug of a page.")
    list: Slugged = Field("", description="Slug of a list.")

    def wish(self, stance: str = "") -> RuleWish:
        """Return the rule meant, as actions take it."""
        return RuleWish(stance, self.category, self.page, self.list)


class RuleIn(PlaceQuery):
    """An exception to a sender's stance; the most specific one wins."""

    stance: Stance


class RuleOut(BaseModel):
    """An exception to a sender's stance; empty strings stand for everything."""

    category: str
    page: str
    list: str
    stance: Stance


class SenderOut(BaseModel):
    """A program or mail address that may submit."""

    id: str
    name: str
    key: str | None = Field(description="Name of its API key.")
    address: str | None
    stance: Stance = Field(description="What no rule speaks of.")
    rules: list[RuleOut] = Field(description="The most specific one wins.")
    created_at: datetime
    retired_at: datetime | None = Field(description="From here on, nothing is taken from it.")


class SendersOut(BaseModel):
    """Every sender, by name."""

    senders: list[SenderOut]


class SecretOut(BaseModel):
    """The secret word of a mail sender: shown this once."""

    secret: str = Field(description="It posts to LIST+SECRET@HOST.")
