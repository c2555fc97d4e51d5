"""What each button of a rollout would do, in people: stated before anybody presses it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from scheduling.waves import Late, next_wave
from service.deliveries.brief import sending_rule
from service.publications.plans import Plan
from service.rollouts.depending import Unmet, missing_now
from service.rollouts.models import PauseReason
from service.rollouts.picture import Picture, WavePicture
from service.rollouts.queries import progress
from service.rollouts.reach import known_zone


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a button would do, in people; times are those of the next windows.

    Of those waiting, each is exactly one of: at once, later, without a window, unopened.
    """

    waiting: int
    in_flight: int
    reached: int
    uncertain: int
    doubtful: int  # of those waiting, whom an earlier attempt may have reached
    next_due: datetime | None
    next_size: int
    at_once: int  # whose window is open now
    later: int
    last_due: datetime | None
    no_window: int  # for whom none opens any more
    missing: Sequence[Unmet]  # what it waits for, and would do without if overridden

    @property
    def unopened(self) -> int:
        """Of those waiting, whose stage is not open yet."""
        return max(0, self.waiting - self.at_once - self.later - self.no_window)

    @property
    def lost(self) -> int:
        """Who would never get it."""
        return self.waiting - self.doubtful

    @property
    def perhaps(self) -> int:
        """Who may have it, and nobody knows."""
        return self.uncertain + self.doubtful


def consequences(session: Session, shown: Picture, now: datetime) -> Consequences:
    """Return what pausing, resuming, aborting or overriding at *now* would mean for whom."""
    waves = waves_left(session, shown)
    first, size = _next((one.wave.due_at, people) for one, people in waves if one.wave.due_at > now)
    lane = progress.lane(session, shown.rollout.id, now)
    times = list(_times(shown, waves, now))
    dues = [due for due, _ in times if due and due > now]
    waits = shown.rollout.pause_reason is PauseReason.DEPENDENCY
    return Consequences(
        waiting=shown.planned + shown.counts.deferred,
        in_flight=shown.counts.sending,
        reached=shown.counts.accepted,
        uncertain=shown.counts.unknown,
        doubtful=lane.doubtful,
        next_due=first,
        next_size=size,
        at_once=lane.due + sum(people for due, people in times if due and due <= now),
        later=lane.later + sum(people for due, people in times if due and due > now),
        last_due=max((*dues, *filter(None, (lane.last_due,))), default=None),
        no_window=sum(people for due, people in times if due is None),
        missing=missing_now(session, shown.rollout, now) if waits else (),
    )


def waves_left(session: Session, shown: Picture) -> list[tuple[WavePicture, int]]:
    """The waves of opened stages with people who still wait, and how many."""
    left = progress.left_by_wave(session, shown.rollout.id)
    every = (one for each in shown.stages for one in each.waves)
    return [(one, left[one.wave.id]) for one in every if one.wave.id in left]


def _next(upcoming: Iterable[tuple[datetime, int]]) -> tuple[datetime | None, int]:
    """The first instant of some, and how many people have it."""
    known = list(upcoming)
    first = min((due for due, _ in known), default=None)
    return first, sum(people for due, people in known if due == first)


def _times(
    shown: Picture, waves: Sequence[tuple[WavePicture, int]], now: datetime
) -> Iterable[tuple[datetime | None, int]]:
    """When the people of each wave would leave, worked out anew from *now*; None: never."""
    plan = Plan.model_validate(shown.publication.plan)
    rule = sending_rule(shown.publication, plan)
    for one, people in waves:
        zone = known_zone((*one.zones, "")[0], plan.fallback_zone)
        time = next_wave(zone, now, rule, Late.NEXT_WINDOW)
        yield (time.due_at if time else None), people
