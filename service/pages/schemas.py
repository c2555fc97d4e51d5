"""How programs read pages and say what state a component is in."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.db.base import Localised
from service.pages.models import State
from service.web.parsing import Prose

LONGEST_COMMENT = 2000


class StateIn(BaseModel):
    """What is said of a component from now on."""

    model_config = ConfigDict(extra="forbid")

    state: State
    comment: Annotated[str, Prose(LONGEST_COMMENT, least=0)] = Field(
        "", description="Why; kept in the log of states."
    )


class StateOut(BaseModel):
    """What was said, and the state the component is in: the worst of what all sources say."""

    said: State
    state: State
    comment: str
    at: datetime
    by: str


class ComponentOut(BaseModel):
    """One service of a platform."""

    id: str
    slug: str
    name: Localised
    description: Localised
    impact: Localised = Field(description="What users can no longer do when it fails.")
    state: State


class SectionOut(BaseModel):
    """A group of components."""

    id: str
    slug: str
    name: Localised
    components: list[ComponentOut]


class PageOut(BaseModel):
    """A platform's public site."""

    id: str
    slug: str
    url: str
    name: Localised
    description: Localised
    languages: list[str]
    timezone: str
    state: State = Field(description="The worst state of its components.")


class WholePageOut(PageOut):
    """A platform's public site with all it consists of, in order."""

    sections: list[SectionOut]


class PagesOut(BaseModel):
    """Every page there is, in order."""

    pages: list[PageOut]
