"""How far an event can be, which step may follow which, and how grave it is: pure functions."""

from collections.abc import Iterable

from service.events.models import Category, EventStage
from service.pages.models import State
from service.subscribers.filters import SEVERITIES
from service.subscribers.models import Moment

#: The stages of each category, in order; the first is where an event begins.
STAGES: dict[Category, tuple[EventStage, ...]] = {
    Category.INCIDENT: (
        EventStage.INVESTIGATING,
        EventStage.IDENTIFIED,
        EventStage.MONITORING,
        EventStage.RESOLVED,
    ),
    Category.MAINTENANCE: (
        EventStage.SCHEDULED,
        EventStage.IN_PROGRESS,
        EventStage.VERIFYING,
        EventStage.COMPLETED,
        EventStage.CANCELLED,
    ),
    Category.ACTION_REQUIRED: (EventStage.PUBLISHED, EventStage.CLOSED),
    Category.ANNOUNCEMENT: (EventStage.PUBLISHED, EventStage.RETRACTED),
}

#: Nothing follows these but a word on the past, such as a post-mortem.
ENDS = frozenset(
    {
        EventStage.RESOLVED,
        EventStage.COMPLETED,
        EventStage.CANCELLED,
        EventStage.CLOSED,
        EventStage.RETRACTED,
    }
)

#: What an event of a category may say of a component; the first is assumed.
SAYS: dict[Category, tuple[State, ...]] = {
    Category.INCIDENT: (State.MINOR, State.MAJOR, State.DOWN, State.OPERATIONAL),
    Category.MAINTENANCE: (
        State.MAINTENANCE,
        State.OPERATIONAL,
        State.MINOR,
        State.MAJOR,
        State.DOWN,
    ),
    Category.ACTION_REQUIRED: (State.OPERATIONAL,),
    Category.ANNOUNCEMENT: (State.OPERATIONAL,),
}

#: Stages in which components are already in the state an event gives them.
_IN_FORCE = frozenset(
    {
        EventStage.INVESTIGATING,
        EventStage.IDENTIFIED,
        EventStage.MONITORING,
        EventStage.IN_PROGRESS,
        EventStage.VERIFYING,
    }
)

_GRAVITY = {
    State.OPERATIONAL: "none",
    State.MAINTENANCE: "none",
    State.MINOR: "minor",
    State.MAJOR: "major",
    State.DOWN: "critical",
}


def may_follow(category: Category, last: EventStage, following: EventStage) -> bool:
    """Whether an event of *category* may go from *last* to *following*: never back."""
    order = STAGES[category]
    if last in ENDS or following is last:
        return following is last
    return order.index(following) > order.index(last)


def in_force(stage: EventStage) -> bool:
    """Whether components are in the states the event gives them, not before and not after."""
    return stage in _IN_FORCE


def moment(stage: EventStage, ordinal: int) -> Moment:
    """Return which word of an event its update number *ordinal* is: some want the first only."""
    if stage in ENDS:
        return Moment.END
    return Moment.OPENING if ordinal == 1 else Moment.PROGRESS


def severity(states: Iterable[State]) -> str:
    """Return how grave an event is that gives these *states*, a word of `SEVERITIES`."""
    return max((_GRAVITY[state] for state in states), key=SEVERITIES.index, default=SEVERITIES[0])


def kind_of_message(category: Category, stage: EventStage, ordinal: int) -> str:
    """Return the type of the message about an event's update number *ordinal*, from 1."""
    if ordinal == 1:
        return f"{category}.{_FIRST.get(category, 'published')}"
    if stage in ENDS:
        return f"{category}.{stage}"
    return f"{category}.updated"


_FIRST = {Category.INCIDENT: "created", Category.MAINTENANCE: "scheduled"}
