"""What the public site tells, as values: a page's grid of states, its events, the verdict."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby

from service.events.models import Category, Event, EventStage, EventUpdate
from service.events.stages import ENDS
from service.pages.models import RANK, Component, Section, State
from service.pages.states import worst


@dataclass(frozen=True, slots=True)
class Entry:
    """An update that the public may read, since *at*, with the state it gives each component."""

    update: EventUpdate
    at: datetime
    states: Mapping[int, State]
    sequence: int  # of the publication that told it: grows with each word about the event


@dataclass(frozen=True)
class Story:
    """An event with its public updates, newest first."""

    event: Event
    entries: tuple[Entry, ...]

    @property
    def last(self) -> EventUpdate:
        """The newest word."""
        return self.entries[0].update

    @property
    def stage(self) -> EventStage:
        """How far it is."""
        return self.last.stage

    @property
    def is_over(self) -> bool:
        """Whether nothing more is expected of it."""
        return self.stage in ENDS

    @property
    def is_planned(self) -> bool:
        """Whether it has not begun."""
        return self.stage is EventStage.SCHEDULED

    @property
    def happened(self) -> bool:
        """Whether it touched services: not if it was cancelled or only told of."""
        return self.stage is not EventStage.CANCELLED and self.event.category in _LASTING

    @property
    def begins(self) -> datetime:
        """When it began or will; when it was first told, if nobody says."""
        return self.last.starts_at or self.entries[-1].at

    @property
    def ended(self) -> datetime | None:
        """When it was over, if it is."""
        first = next(
            (entry for entry in reversed(self.entries) if entry.update.stage in ENDS), None
        )
        if first is None or not self.is_over:
            return None
        undone = first.update.stage in (EventStage.CANCELLED, EventStage.RETRACTED)
        return first.at if undone else first.update.ends_at or first.at

    @cached_property
    def states(self) -> dict[int, State]:
        """The state each component has now in this event; once it is over, the worst it had."""
        if not self.is_over:
            return dict(self.entries[0].states)
        said: dict[int, State] = {}
        for entry in self.entries:
            for component_id, state in entry.states.items():
                said[component_id] = worst([state, said.get(component_id, state)])
        return said

    @property
    def state(self) -> State:
        """The worst state it gives."""
        return worst(self.states.values())


_LASTING = frozenset({Category.INCIDENT, Category.MAINTENANCE})


@dataclass(frozen=True, slots=True)
class Grid:
    """A page's sections and components, in order, and the state of each component by its id."""

    sections: Sequence[Section]
    known: Mapping[int, Component]  # retired ones included: events of the past name them
    states: Mapping[int, State]

    @property
    def components(self) -> list[Component]:
        """Those in use."""
        return [each for each in self.known.values() if each.retired_at is None]

    def groups(self) -> list[tuple[Section, list[Component]]]:
        """The sections that have components, each with them."""
        members = {section.id: (section, list[Component]()) for section in self.sections}
        for component in self.components:
            if component.section_id in members:
                members[component.section_id][1].append(component)
        return [group for group in members.values() if group[1]]

    def worst(self, members: Sequence[Component]) -> State:
        """The worst state of some of its components: how their section is."""
        return worst(self.state(each) for each in members)

    def state(self, component: Component) -> State:
        """The state *component* is in."""
        return self.states.get(component.id, State.OPERATIONAL)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a page is, in one word and one number."""

    state: State  # the worst there is
    count: int  # of components in it
    total: int

    @property
    def words(self) -> str:
        """The key of its sentence: `down.all`, `down.some`, …, `operational.none`."""
        if self.total == 0:
            return "operational.none"
        return f"{self.state}.{'all' if self.count == self.total else 'some'}"


def judge(states: Collection[State]) -> Verdict:
    """Return the verdict on a page from its components' *states*: the worst, and how many are."""
    state = worst(states)
    return Verdict(state, list(states).count(state), len(states))


@dataclass(frozen=True, slots=True)
class Programme:
    """Events by what they ask of a reader."""

    incidents: tuple[Story, ...]
    works: tuple[Story, ...]  # maintenances under way
    planned: tuple[Story, ...]  # the next one first
    actions: tuple[Story, ...]
    announcements: tuple[Story, ...]
    general: tuple[Story, ...]  # about the whole platform, above everything
    past: tuple[Story, ...]  # newest first

    @property
    def current(self) -> tuple[Story, ...]:
        """What touches services now."""
        return self.incidents + self.works

    def past_of(self, category: Category) -> list[Story]:
        """What is over, of one *category*."""
        return [story for story in self.past if story.event.category is category]


def arrange(stories: Sequence[Story]) -> Programme:
    """Sort *stories* by what they ask of a reader; the gravest incident comes first."""
    live = [story for story in stories if not story.is_over]

    def of(category: Category, *, planned: bool = False) -> list[Story]:
        return [s for s in live if s.event.category is category and s.is_planned is planned]

    return Programme(
        incidents=tuple(sorted(of(Category.INCIDENT), key=lambda s: -RANK[s.state])),
        works=tuple(of(Category.MAINTENANCE)),
        planned=tuple(sorted(of(Category.MAINTENANCE, planned=True), key=lambda s: s.begins)),
        actions=tuple(of(Category.ACTION_REQUIRED)),
        announcements=tuple(of(Category.ANNOUNCEMENT)),
        general=tuple(of(Category.GENERAL)),
        past=tuple(story for story in stories if story.is_over),
    )


def by_state(
    states: Mapping[int, State], components: Mapping[int, Component]
) -> list[tuple[State, list[Component]]]:
    """Group the components an event touches by state, the worst first."""
    known = [(state, components[key]) for key, state in states.items() if key in components]
    known.sort(key=lambda pair: (-RANK[pair[0]], pair[1].section_id, pair[1].position))
    return [(state, [c for _, c in pairs]) for state, pairs in groupby(known, lambda p: p[0])]
