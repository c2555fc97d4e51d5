"""What somebody may wish for an event: parsed by the API or a form, checked in `proposing`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from service.events.models import Category, EventStage
from service.pages.models import State
from service.publications.terms import Terms


@dataclass(frozen=True, slots=True)
class Affected:
    """A component, by its slug or public id, and its state; None leaves that to the category."""

    component: str
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How often a maintenance comes back; each time is announced *ahead_days* before it begins."""

    rule: str  # RFC 5545, such as FREQ=WEEKLY;BYDAY=TU
    ahead_days: int = 7


@dataclass(frozen=True, slots=True)
class UpdateWish:
    """One dated word about an event; what is None stays as the word before left it."""

    body: Mapping[str, str]
    stage: EventStage | None = None
    components: tuple[Affected, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    next_update_at: datetime | None = None
    terms: Terms = field(default_factory=Terms)
    is_silent: bool = False  # for the record: pages show it, nobody is told
    kind: str = ""  # what kind of message it is, where its stage does not say: `reminder`


@dataclass(frozen=True, slots=True)
class Automation:
    """What a maintenance does without anybody asking; an action required reminds alone."""

    starts_itself: bool = False
    ends_itself: bool = False
    tells_start: bool = False
    tells_end: bool = False
    tells_before: bool = False  # an hour before; of actions, two days before, those who did not


@dataclass(frozen=True, slots=True)
class EventWish:
    """A new event with its first word; *page* and *lists* are slugs."""

    page: str
    category: Category
    title: Mapping[str, str]
    first: UpdateWish
    lists: tuple[str, ...] = ()
    automation: Automation = field(default_factory=Automation)
    recurrence: Recurrence | None = None
    unsaid: frozenset[str] = frozenset()  # of these two: stays as it is where one writes anew
