"""How people and programs write mailing lists, and how programs read them."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.db.base import Localised
from service.lists.editing import ListWish
from service.pages.definition import Mailbox
from service.web.parsing import (
    LANGUAGES,
    Language,
    Line,
    LocalisedLine,
    LocalisedProse,
    Slug,
    ZoneName,
)


class ListIn(BaseModel):
    """A list as it is to be."""

    model_config = ConfigDict(extra="forbid")

    name: LocalisedLine
    description: LocalisedProse = Field(description="What people consent to.")
    languages: list[Language] = Field(list(LANGUAGES), min_length=1, max_length=len(LANGUAGES))
    timezone: ZoneName
    page: Annotated[str, Line(63, least=0)] = Field("", description="Slug of the page it is on.")
    sender_name: Annotated[str, Line(120, least=0)] = ""
    sender_address: Mailbox = ""
    is_open: Annotated[bool, Field(description="Anyone may ask to join.")] = True
    is_proposed: Annotated[bool, Field(description="Proposed to new users upstream.")] = True
    has_archive: Annotated[bool, Field(description="Everybody may read its messages.")] = True

    def wish(self) -> ListWish:
        """Return what is wished for, as actions take it."""
        return ListWish(**self.model_dump(exclude={"slug"}))


class NewListIn(ListIn):
    """The same with its name in addresses."""

    slug: Slug


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
    has_archive: bool = Field(description="Everybody may read its messages.")
    retired_at: datetime | None = Field(description="From here on, it is out of use.")


class ListsOut(BaseModel):
    """Every list there is, in order."""

    lists: list[ListOut]
