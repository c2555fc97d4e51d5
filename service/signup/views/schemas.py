"""How programs ask for subscriptions and endpoints."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.subscribers.filters import CATEGORIES, MOMENTS, MOST_NAMES, SEVERITIES, Filters
from service.web.parsing import Flag, Language, Line, Slug, ZoneName

Name = Annotated[str, Line(80)]
Names = Annotated[list[Name], Field(max_length=MOST_NAMES)]
LONGEST_URL = 2048
MOST_EVENTS = 20


class FiltersIn(BaseModel):
    """What is wanted of a page; left out: everything."""

    model_config = ConfigDict(extra="forbid")

    everything: Flag | None = Field(
        None,
        description="Components added later included. Default: true unless sections or components "
        "are named.",
    )
    sections: Names = Field([], description="Slugs or ids; followed as they change.")
    components: Names = Field([], description="Slugs or ids.")
    categories: list[Name] = Field(
        list(CATEGORIES), max_length=20, description=f"Of {', '.join(CATEGORIES)}."
    )
    minimum_severity: Name = Field(
        SEVERITIES[0], description=f"Of incidents: one of {', '.join(SEVERITIES)}."
    )

    stages: list[Name] = Field(
        list(MOMENTS), max_length=20, description=f"Of each event, of {', '.join(MOMENTS)}."
    )
    events: Annotated[list[Name], Field(max_length=MOST_EVENTS)] = Field(
        [], description="Ids of events to follow, whatever else is wanted."
    )

    def filters(self) -> Filters:
        """Return what is wished for, as actions take it."""
        named = bool(self.sections or self.components or self.events)
        return Filters(
            everything=not named if self.everything is None else self.everything,
            sections=tuple(self.sections),
            components=tuple(self.components),
            categories=tuple(self.categories),
            minimum_severity=self.minimum_severity,
            stages=tuple(self.stages),
            events=tuple(self.events),
        )


class SubscriptionIn(BaseModel):
    """An address to put forward; its owner is asked by mail."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, Line(254)] = Field(examples=["ada@example.org"])
    page: Slug | None = Field(None, description="A page to subscribe to.")
    lists: list[Slug] = Field([], max_length=50, description="Open lists to join.")
    language: Language = "en"
    timezone: ZoneName | None = Field(None, description="Default: the page's or list's own.")
    filters: FiltersIn = FiltersIn()


class AcceptedOut(BaseModel):
    """The answer to every request, whatever is known of the address."""

    status: Literal["accepted"] = "accepted"
    detail: str = "If this address can be subscribed, a mail with the next step is on its way."


class EndpointIn(BaseModel):
    """A program to be told about a page; it proves itself by answering a challenge."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Line(LONGEST_URL)] = Field(examples=["https://example.org/hooks/status"])
    page: Slug
    filters: FiltersIn = FiltersIn()


class EndpointOut(BaseModel):
    """An endpoint and how far its proof is."""

    id: str
    url: str
    page: str
    state: Literal["pending", "active", "ended"]
    created_at: datetime
    challenges: int = Field(description="How often it was asked for a proof and gave none.")
    problem: str = Field(description="What the last challenge came to; empty if all is well.")
    next_challenge_at: datetime | None


class NewEndpointOut(EndpointOut):
    """A new endpoint; the only time its secret is shown."""

    secret: str | None = Field(
        description="Signs what is sent (Standard Webhooks). Null where this URL has one already."
    )
