"""How programs write and read events."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.events.models import Category, EventStage
from service.events.wishes import Affected, Automation, EventWish, Recurrence, UpdateWish
from service.pages.models import State
from service.publications.schemas import PublicationOut, TermsIn, WarningOut
from service.web.parsing import Instant, Line, LocalisedLine, LocalisedProse, Slug

MOST_COMPONENTS = 500


class AffectedIn(BaseModel):
    """A component and the state this event gives it."""

    model_config = ConfigDict(extra="forbid")

    component: Annotated[str, Line(80)] = Field(description="Its slug on the page, or its id.")
    state: State | None = Field(None, description="Default: the usual one of the category.")


class UpdateIn(TermsIn):
    """One dated word about an event; what is left out stays as it was."""

    body: LocalisedProse = Field(description="Markdown without HTML, by language.")
    stage: EventStage | None = None
    components: list[AffectedIn] = Field([], max_length=MOST_COMPONENTS)
    starts_at: Instant | None = None
    ends_at: Instant | None = Field(None, description="Expected, until the event is over.")
    next_update_at: Instant | None = Field(None, description="When to promise news.")
    silent: bool = Field(
        default=False,
        description="For the record: pages show it, nobody is told. For what is past.",
    )

    def update_wish(self) -> UpdateWish:
        """Return what is wished for, as actions take it."""
        return UpdateWish(
            body=self.body,
            stage=self.stage,
            components=tuple(Affected(each.component, each.state) for each in self.components),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            next_update_at=self.next_update_at,
            terms=self.terms(),
            is_silent=self.silent,
        )


class AutomationIn(BaseModel):
    """What a maintenance does without anybody asking."""

    model_config = ConfigDict(extra="forbid")

    starts_itself: bool = False
    ends_itself: bool = False
    tells_start: bool = Field(default=False, description="Subscribers are told that it begins.")
    tells_end: bool = Field(default=False, description="Subscribers are told that it ended.")
    tells_before: bool = Field(
        default=False,
        description="Subscribers are reminded an hour before; of an action required, two days "
        "before its deadline, only those who did not say that it is done.",
    )


class RecurrenceIn(BaseModel):
    """How often a maintenance comes back."""

    model_config = ConfigDict(extra="forbid")

    rule: Annotated[str, Line(200)] = Field(
        description="RFC 5545, on the page's clock: FREQ=WEEKLY;BYDAY=TU."
    )
    ahead_days: int = Field(7, ge=0, le=90, description="How long before it is announced.")


class RecurrenceOut(RecurrenceIn):
    """How a series goes on; only its newest time says so."""

    series: str = Field(description="Id of the first time.")
    announced_at: datetime | None = Field(description="When the next one is; null: no more.")


class EventIn(UpdateIn):
    """A new event with its first word."""

    page: Slug
    category: Category
    title: LocalisedLine = Field(description="By language.")
    lists: list[Slug] = Field([], max_length=20, description="Lists to tell as well.")
    automation: AutomationIn = AutomationIn()
    recurrence: RecurrenceIn | None = None

    def wish(self) -> EventWish:
        """Return what is wished for, as actions take it."""
        first = self.update_wish()
        again = self.recurrence
        return EventWish(
            page=self.page,
            category=self.category,
            title=self.title,
            first=first,
            lists=tuple(self.lists),
            automation=Automation(**self.automation.model_dump()),
            recurrence=Recurrence(again.rule, again.ahead_days) if again else None,
            unsaid=frozenset({"automation", "recurrence"} - self.model_fields_set),
        )


class EventsQuery(BaseModel):
    """Which events, from where on."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[str, Line(12)] | None = Field(None, description="Id of the last one seen.")
    limit: int = Field(50, ge=1, le=200)
    page: Slug | None = None
    category: Category | None = None


class AffectedOut(BaseModel):
    """A component and the state an update gives it."""

    component: str
    id: str
    name: dict[str, str]
    state: State


class UpdateOut(BaseModel):
    """One dated word about an event."""

    id: str
    stage: EventStage
    body: dict[str, str]
    components: list[AffectedOut]
    starts_at: datetime | None
    ends_at: datetime | None
    next_update_at: datetime | None
    created_at: datetime
    created_by: str
    publication: str = Field(description="Id of the publication that carries it.")
    state: str = Field(description="State of that publication.")
    published_at: datetime | None = Field(description="From here on, pages and feeds show it.")


class EventOut(BaseModel):
    """An event with all its updates, newest first."""

    id: str
    page: str
    category: Category
    title: dict[str, str]
    stage: EventStage | None = Field(
        description="Of the newest word neither refused nor taken back."
    )
    url: str
    created_at: datetime
    created_by: str
    automation: AutomationIn
    recurrence: RecurrenceOut | None
    done: int | None = Field(description="Of an action required: how many say it is done.")
    updates: list[UpdateOut]


class EventsOut(BaseModel):
    """Events, newest first; `next` is the `after` of the next page, null at the end."""

    events: list[EventOut]
    next: str | None


class SubmittedOut(BaseModel):
    """What was stored and now waits for a moderator."""

    event: EventOut
    update: str = Field(description="Id of the new update.")
    publication: PublicationOut
    audience: int = Field(description="How many addresses would get it now.")
    warnings: list[WarningOut]
