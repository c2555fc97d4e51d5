"""Pauses what cannot reach its people before it expires: at the rates it may have, or has had.

Told while somebody can still raise a limit or add a worker, not when the message has expired.
A tail as small as the quorum forgives is no reason: one dead provider must not stop the rest.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from operator import attrgetter

from scheduling.rates import MINUTE, Rate, Warming, most_within
from scheduling.windows import Interval, merged, openings
from service.db.unit_of_work import UnitOfWork
from service.deliveries.brief import sending_rule
from service.deliveries.models import LimitScope
from service.deliveries.queries import accounts
from service.deliveries.queries.limits import Place
from service.rollouts.actions import CAN_PAUSE, hold_back
from service.rollouts.bounds import shared_rates
from service.rollouts.carrying import Timetable
from service.rollouts.models import PauseReason, Rollout
from service.rollouts.opening import clock_of
from service.rollouts.queries import timing

WORSE = 1.1  # times as many out of reach as when somebody last let it go on all the same


def look(uow: UnitOfWork, rollout: Rollout) -> None:
    """Pause *rollout* if its limits do not let everybody have it before it expires."""
    timetable = Timetable.of(uow, rollout)
    courses = _courses(uow, timetable)
    if not courses:
        return
    hours = list(_hours(uow, timetable))
    place, most = min(
        ((place, most_within(course, hours)) for place, course in courses.items()),
        key=lambda each: each[1],
    )
    counts = accounts.standing(uow.session, rollout.id, rollout.size)
    waiting = counts.planned + counts.deferred
    words = (
        f"{waiting} people wait, and the limit {place[0]} {place[1]} lets at most {most} messages "
        f"leave in the {_spent(hours)} hours that are open before it expires"
    )
    _pause(uow, timetable, waiting - most, words)


def look_back(uow: UnitOfWork, rollout_id: int) -> None:
    """Pause a rollout whose closed windows left people behind whom their pace will not reach.

    A window in which nobody was told says nothing of a pace: nothing was at work.
    """
    closed = timing.closed(uow.session, uow.now, rollout_id)
    if not closed:
        return
    timetable, short, words = Timetable.of(uow, closed[0][1]), 0, ""
    for wave, _ in closed:
        left = timing.people_left(uow.session, wave)
        told = wave.size - left
        if wave.close_at is None or told <= 0:
            continue
        rule = sending_rule(timetable.publication, timetable.plan)
        zone = clock_of(timetable.segments[wave.segment_no], timetable.plan)
        ahead = openings(zone, uow.now, timetable.publication.expires_at, rule)
        if not ahead:
            continue  # no pace would help any more: who is left is given up
        possible = told * _seconds(ahead) / (wave.close_at - wave.due_at).total_seconds()
        short += max(0, left - int(possible))
        words = f"{told} of {wave.size} people were told in a whole window of {zone}"
    _pause(uow, timetable, short, f"at the pace so far {short} people are not reached: {words}")


def _pause(uow: UnitOfWork, timetable: Timetable, short: int, words: str) -> None:
    rollout = timetable.rollout
    forgiven = (1 - timetable.plan.quorum) * rollout.size
    if short <= max(forgiven, (rollout.short_by or 0) * WORSE) or rollout.state not in CAN_PAUSE:
        return
    rollout.short_by = short
    hold_back(uow, rollout, PauseReason.CAPACITY, words)


def _courses(uow: UnitOfWork, timetable: Timetable) -> Mapping[Place, Rate | Warming]:
    """The rates that all of a rollout's messages keep to."""
    channels = {each.channel for each in timetable.segments.values() if each.is_ramped}
    found = dict(shared_rates(uow.session, timetable.publication, channels))
    if timetable.plan.per_minute:
        own = (LimitScope.ROLLOUT, timetable.rollout.public_id)
        found[own] = Rate(timetable.plan.per_minute, MINUTE)
    return found


def _hours(uow: UnitOfWork, timetable: Timetable) -> Iterable[Interval]:
    """When anybody of a rollout may be written to from now on, over all clocks."""
    rule = sending_rule(timetable.publication, timetable.plan)
    clocks = {
        clock_of(each, timetable.plan) for each in timetable.segments.values() if each.is_ramped
    }
    end = timetable.publication.expires_at
    found = [each for zone in clocks for each in openings(zone, uow.now, end, rule)]
    return merged(sorted(found, key=attrgetter("start")))


def _seconds(hours: Iterable[Interval]) -> float:
    return sum(((each.end - each.start) for each in hours), timedelta()).total_seconds()


def _spent(hours: Iterable[Interval]) -> int:
    return round(_seconds(hours) / 3600)
