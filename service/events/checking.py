"""What is wrong with a wish for an event, apart from the things it names: pure functions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.errors import Fault
from service.events.models import Category, EventStage
from service.events.stages import ENDS, STAGES, may_follow
from service.events.story import Story
from service.events.wishes import UpdateWish
from service.pages.models import State

#: How far in the future a caller's clock may run.
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Times:
    """When an event begins and ends, as far as an update knows."""

    starts_at: datetime | None
    ends_at: datetime | None
    next_update_at: datetime | None


def stage_of(category: Category, story: Story, wish: UpdateWish) -> EventStage:
    """Return the stage a wish leads to: the one it names, else where the event is."""
    return wish.stage or story.stage or STAGES[category][0]


def times_of(stage: EventStage, story: Story, wish: UpdateWish) -> Times:
    """Return the times a wish leads to; what it leaves out stays."""
    return Times(
        wish.starts_at or story.starts_at,
        wish.ends_at or story.ends_at,
        None if stage in ENDS else wish.next_update_at,
    )


def with_now(times: Times, category: Category, stage: EventStage, now: datetime) -> Times:
    """Fill in what goes without saying: what has begun begins now, what is over ends now."""
    begun = stage is not EventStage.SCHEDULED
    starts_at = times.starts_at or (now if begun and category in _LASTING else None)
    ended = stage in ENDS and stage not in _UNDONE and category in _LASTING
    ends_at = min(times.ends_at or now, now) if ended else times.ends_at
    return Times(starts_at, ends_at, times.next_update_at)


def is_moved(story: Story, stage: EventStage, times: Times) -> bool:
    """Whether what was planned is now planned for another time."""
    still = story.stage is EventStage.SCHEDULED and stage is EventStage.SCHEDULED
    return still and (times.starts_at, times.ends_at) != (story.starts_at, story.ends_at)


def faults_of_stage(category: Category, story: Story, stage: EventStage) -> Iterator[Fault]:
    """Yield what forbids *stage* to an event that has got as far as *story*."""
    if stage not in STAGES[category]:
        known = ", ".join(STAGES[category])
        yield Fault("/stage", f"{category} has no stage {stage}; use one of {known}", "unknown")
    elif story.stage and not may_follow(category, story.stage, stage):
        yield Fault("/stage", f"is already {story.stage}: {stage} would go back", "back")


def faults_of_states(story: Story, stage: EventStage, given: Iterable[State]) -> Iterator[Fault]:
    """Yield what forbids to give these states at *stage*: what is over hurts nobody any more.

    An event that is told of only after its end says what it did while it lasted.
    """
    if story.length and stage in ENDS and any(each is not State.OPERATIONAL for each in given):
        yield Fault("/components", f"at {stage}, every component is operational again", "state")


def faults_of_times(
    wish: UpdateWish, times: Times, category: Category, stage: EventStage, now: datetime
) -> Iterator[Fault]:
    """Yield each date that cannot be: an end before its start, a plan for the past."""
    asked = wish.starts_at or wish.ends_at
    if asked and times.starts_at and times.ends_at and times.ends_at <= times.starts_at:
        yield Fault("/ends_at", "is not after starts_at", "order")
    if wish.next_update_at and wish.next_update_at <= now:
        yield Fault("/next_update_at", "is in the past", "past")
    if wish.ends_at and wish.ends_at <= now and stage not in ENDS:
        yield Fault("/ends_at", f"is in the past, but {stage} is not its end", "past")
    yield from _faults_of_start(wish, times, category, stage, now)


def _faults_of_start(
    wish: UpdateWish, times: Times, category: Category, stage: EventStage, now: datetime
) -> Iterator[Fault]:
    if category is Category.INCIDENT and wish.starts_at and wish.starts_at > now + CLOCK_SKEW:
        yield Fault("/starts_at", "is in the future: announce a maintenance instead", "future")
    if stage is EventStage.COMPLETED and times.starts_at is None:
        yield Fault("/starts_at", "is needed: when did it begin?", "missing")
    if stage is EventStage.SCHEDULED:
        if times.starts_at is None:
            yield Fault("/starts_at", "is needed: when will it begin?", "missing")
        elif wish.starts_at and wish.starts_at <= now and times.ends_at is None:
            yield Fault("/starts_at", "is in the past", "past")


def overdue(times: Times, stage: EventStage, now: datetime) -> Iterator[Fault]:
    """Yield a reminder where the end that was promised has passed: flagged, never refused."""
    if times.ends_at and times.ends_at <= now and stage not in ENDS:
        yield Fault("/ends_at", "the end that was announced has passed: say a new one", "overdue")


_LASTING = frozenset({Category.INCIDENT, Category.MAINTENANCE})
_UNDONE = frozenset({EventStage.CANCELLED, EventStage.RETRACTED})  # they keep the end they had
