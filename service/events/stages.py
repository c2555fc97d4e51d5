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
        EventStage.POSTMORTEM,
        EventStage.RETRACTED,
    ),
    Category.MAINTENANCE: (
        EventStage.SCHEDULED,
        EventStage.IN_PROGRESS,
        EventStage.VERIFYING,
        EventStage.COMPLETED,
        EventStage.CANCELLED,
        EventStage.RETRACTED,
    ),
    Category.ACTION_REQUIRED: (EventStage.PUBLISHED, EventStage.CLOSED, EventStage.RETRACTED),
    Category.ANNOUNCEMENT: (EventStage.PUBLISHED, EventStage.RETRACTED),
    Category.GENERAL: (EventStage.PUBLISHED, EventStage.ENDED, EventStage.RETRACTED),
}

#: Nothing follows these but a word on the past, such as a post-mortem.
ENDS = frozenset(
    {
        EventStage.RESOLVED,
        EventStage.POSTMORTEM,
        EventStage.COMPLETED,
        EventStage.CANCELLED,
        EventStage.CLOSED,
        EventStage.ENDED,
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
    Category.GENERAL: (),
}

#: Stages in which components are already in the state an event gives them.
IN_FORCE = frozenset(
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
    """Whether an event of *category* may go from *last* to *following*: never back.

    What is over may be said again or retracted; what was resolved may be explained.
    """
    order = STAGES[category]
    if following is last or following is EventStage.RETRACTED:
        return last is not EventStage.RETRACTED or following is last
    if last in ENDS:
        return (last, following) == (EventStage.RESOLVED, EventStage.POSTMORTEM)
    if following is EventStage.POSTMORTEM:
        return False
    return order.index(following) > order.index(last)


def in_force(stage: EventStage) -> bool:
    """Whether components are in the states the event gives them, not before and not after."""
    return stage in IN_FORCE


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
    if stage is EventStage.POSTMORTEM:
        return f"{category}.postmortem_published"
    if stage in ENDS:
        return f"{category}.{stage}"
    return f"{category}.updated"


_FIRST = {Category.INCIDENT: "created", Category.MAINTENANCE: "scheduled"}
