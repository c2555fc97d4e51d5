"""What people and programs write of pages, sections and components."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from service.pages.actions import Correction
from service.pages.definition import Mailbox
from service.pages.editing import ComponentWish, PageWish, SectionWish
from service.pages.models import State
from service.web.parsing import (
    LANGUAGES,
    Instant,
    Language,
    Line,
    LocalisedLine,
    LocalisedNote,
    PageSlug,
    Prose,
    Slug,
    ZoneName,
)


class PageBody(BaseModel):
    """A platform's public site; the first of `languages` is its default."""

    model_config = ConfigDict(extra="forbid")

    name: LocalisedLine
    description: LocalisedNote = Field({})
    languages: list[Language] = Field(list(LANGUAGES), min_length=1, max_length=len(LANGUAGES))
    timezone: ZoneName
    host: Annotated[str, Line(253, least=0)] = Field("", description="A host of its own.")
    sender_name: Annotated[str, Line(120, least=0)] = ""
    sender_address: Mailbox = ""

    @field_validator("host")
    @classmethod
    def _is_a_host(cls, value: str) -> str:
        if any(sign in value for sign in "/:@ ?#") or value.startswith("."):
            raise ValueError("write a host name alone, such as status.example.org")
        return value.lower()

    def wish(self, slug: str) -> PageWish:
        """Return what is wished for, as actions take it."""
        return PageWish(
            slug=slug,
            name=self.name,
            description=self.description,
            languages=tuple(dict.fromkeys(self.languages)),
            timezone=self.timezone,
            host=self.host or None,
            sender_name=self.sender_name,
            sender_address=self.sender_address,
        )


class PageForm(PageBody):
    """The same with its name in addresses, as the console's form has it."""

    slug: PageSlug


class SectionBody(BaseModel):
    """A group of services."""

    model_config = ConfigDict(extra="forbid")

    name: LocalisedLine

    def wish(self, slug: str) -> SectionWish:
        """Return what is wished for, as actions take it."""
        return SectionWish(slug, self.name)


class SectionForm(SectionBody):
    """The same with its name in addresses."""

    slug: Slug


class ComponentBody(BaseModel):
    """One service; `impact` is what users can no longer do when it fails."""

    model_config = ConfigDict(extra="forbid")

    section: Slug
    name: LocalisedLine
    description: LocalisedNote = Field({})
    impact: LocalisedNote = Field({})

    def wish(self, slug: str) -> ComponentWish:
        """Return what is wished for, as actions take it."""
        return ComponentWish(slug, self.section, self.name, self.description, self.impact)


class ComponentForm(ComponentBody):
    """The same with its name in addresses."""

    slug: Slug


class OrderIn(BaseModel):
    """Names in their order, each once."""

    model_config = ConfigDict(extra="forbid")

    order: list[Slug] = Field(max_length=1000)


class CorrectionIn(BaseModel):
    """What a component's state really was during [starts_at, ends_at), and why."""

    model_config = ConfigDict(extra="forbid")

    state: State
    starts_at: Instant
    ends_at: Instant
    reason: Annotated[str, Prose(2000)]

    def wish(self) -> Correction:
        """Return what is wished for, as actions take it."""
        return Correction(self.state, self.starts_at, self.ends_at, self.reason)


class CorrectionOut(BaseModel):
    """A correction as it stands beside the history."""

    id: str
    state: State
    starts_at: datetime
    ends_at: datetime
    reason: str
    at: datetime
    by: str
