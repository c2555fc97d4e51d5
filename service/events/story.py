"""What stands of an event so far: pure values made of its updates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from service.events.models import EventStage, EventUpdate
from service.pages.models import State
from service.publications.models import Publication, PublicationState
from service.subscribers.audience import Audience

#: An update stands while its publication waits for approval or has it.
STANDING = frozenset({PublicationState.HELD, PublicationState.APPROVED})


@dataclass(frozen=True, slots=True)
class Chapter:
    """An update with its publication and the state it gives each component."""

    update: EventUpdate
    publication: Publication
    states: Mapping[int, State]

    @property
    def stands(self) -> bool:
        """Whether it was neither refused nor taken back."""
        return self.publication.state in STANDING


@dataclass(frozen=True, slots=True)
class Story:
    """Where an event has got to; *said* is every state it ever gave a component."""

    length: int = 0
    stage: EventStage | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    states: Mapping[int, State] = field(default_factory=dict)
    said: tuple[State, ...] = ()
    lists: tuple[int, ...] = ()


def tell(chapters: Iterable[Chapter]) -> Story:
    """Return the story of the *chapters* that stand, given in order."""
    standing = [chapter for chapter in chapters if chapter.stands]
    if not standing:
        return Story()
    last = standing[-1]
    return Story(
        length=len(standing),
        stage=last.update.stage,
        starts_at=last.update.starts_at,
        ends_at=last.update.ends_at,
        states=last.states,
        said=tuple(state for chapter in standing for state in chapter.states.values()),
        lists=Audience.from_json(last.publication.audience).lists,
    )
