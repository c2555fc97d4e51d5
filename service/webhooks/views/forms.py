"""What is filled in about a new endpoint."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from service.errors import invalid
from service.pages import queries as pages
from service.pages.models import Page
from service.subscribers.filters import CATEGORIES, MOST_NAMES, SEVERITIES, Filters
from service.web.parsing import Line

Names = Annotated[list[Annotated[str, Line(80)]], Field(max_length=MOST_NAMES)]


class EndpointForm(BaseModel):
    """An endpoint and what it wants of a page."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    url: Annotated[str, Line(2048)]
    page: Annotated[str, Line(80)] = ""
    label: Annotated[str, Line(80)] = ""
    format: Annotated[str, Line(20)] = "standard"
    follow: Literal["everything", "some"] = "everything"
    sections: Names = []
    components: Names = []
    categories: Names = list(CATEGORIES)
    severity: Annotated[str, Line(20)] = SEVERITIES[0]

    def filters(self) -> Filters:
        """What is wanted of the page."""
        return Filters(
            everything=self.follow == "everything",
            sections=tuple(self.sections),
            components=tuple(self.components),
            categories=tuple(self.categories),
            minimum_severity=self.severity,
        )

    def page_of(self, session: Session) -> Page:
        """The page it names; raises `Invalid`."""
        found = pages.page_by_slug(session, self.page)
        if found is None:
            raise invalid("/page", "there is no such page", "unknown")
        return found


class VisitorForm(EndpointForm):
    """The same from somebody without an account: the mail address says whose it is."""

    owner: Annotated[str, Line(254)]
