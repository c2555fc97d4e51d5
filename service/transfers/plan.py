"""What an import would come to, as values: made, changed, left or refused, and why."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from service.events.models import Category, EventStage
from service.pages.models import Page, State
from service.signup.importing.lines import Entry


class Verdict(StrEnum):
    """What becomes of one thing."""

    MADE = "made"
    CHANGED = "changed"
    LEFT = "left"  # as it is here
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Wish:
    """Where an export is taken to.

    *language* is the one it was written in. *consent_text* is what its subscribers had agreed to;
    without it they are asked anew.
    """

    page: str
    language: str
    consent_text: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one thing; *why* is a word of `transfers.why`, *detail* what it speaks of."""

    verdict: Verdict
    kind: str  # page, section, component, incident, maintenance, subscriber
    name: str
    why: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NewSection:
    """A section to make."""

    public_id: str
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class NewComponent:
    """A component to make, in the section of that public id."""

    public_id: str
    section: str
    slug: str
    name: str
    description: str
    since: datetime | None
    state: State


@dataclass(frozen=True, slots=True)
class NewWord:
    """An update to write down; *states* by public id of the component."""

    public_id: str
    stage: EventStage
    body: str
    at: datetime
    starts_at: datetime
    ends_at: datetime | None
    states: Mapping[str, State]


@dataclass(frozen=True, slots=True)
class NewPast:
    """An event to make, or to continue where it is here, with words nobody has here yet."""

    public_id: str
    category: Category
    title: str
    created_at: datetime
    starts_itself: bool
    ends_itself: bool
    event_id: int | None
    said: tuple[State, ...]  # by its words that are here
    words: tuple[NewWord, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A subscriber to take over, who follows *components*, by public id; all of it if none."""

    entry: Entry
    components: tuple[str, ...]


@dataclass(slots=True)
class Plan:
    """All that an import would do, and what became of each thing it found."""

    page: Page | None  # None: it is made
    page_name: str = ""
    zone: str = ""
    sections: list[NewSection] = field(default_factory=list)
    components: list[NewComponent] = field(default_factory=list)
    past: list[NewPast] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)  # their id of a component → public id here

    def note(self, verdict: Verdict, kind: str, name: str, why: str = "", detail: str = "") -> None:
        """Keep what becomes of one thing."""
        self.steps.append(Step(verdict, kind, name, why, detail))

    def counts(self) -> Mapping[tuple[str, Verdict, str], int]:
        """How many things of each kind became what, and why, in the order they were met."""
        return Counter((step.kind, step.verdict, step.why) for step in self.steps)

    def of(self, verdict: Verdict) -> list[Step]:
        """The steps that came to *verdict*."""
        return [step for step in self.steps if step.verdict == verdict]
