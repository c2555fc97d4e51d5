"""How programs read mailing lists."""

from pydantic import BaseModel, Field

from service.db.base import Localised


class ListOut(BaseModel):
    """A list that people consent to on its own."""

    id: str
    slug: str
    name: Localised
    description: Localised = Field(description="What one consents to.")
    version: int = Field(description="Grows when the description changes.")
    languages: list[str]
    timezone: str
    is_open: bool = Field(description="Anyone may ask to join.")
    is_proposed: bool = Field(description="Proposed to new users of an upstream application.")


class ListsOut(BaseModel):
    """Every list there is, in order."""

    lists: list[ListOut]
