"""Which pictures belong to a rollout: of one on paper, and of one that runs."""

from collections.abc import Mapping
from datetime import datetime

from scheduling.course import Course, Run
from service.rollouts.drawing import Curve, Wave, World, curve, world
from service.rollouts.models import WaveState
from service.rollouts.picture import Picture

_KINDS = {
    WaveState.PLANNED: "rest",
    WaveState.DUE: "busy",
    WaveState.DRAINED: "good",
    WaveState.CARRIED: "warn",
    WaveState.CANCELLED: "bad",
}


def course_world(course: Course, people: Mapping[str, int], zone: str) -> World | None:
    """Return the first waves of a *course*, hours on the clock of *zone*.

    The zone with most *people* stands for its group.
    """
    groups = {group.no: group for group in course.groups}
    named = {
        no: tuple(sorted(group.zones, key=lambda name: (-people.get(name, 0), name)))
        for no, group in groups.items()
    }

    def closing(run: Run) -> datetime | None:
        spans = groups[run.group].openings
        return next((each.end for each in spans if each.start <= run.start < each.end), run.end)

    return world(
        [
            Wave(named[run.group], run.start, closing(run), run.people, "busy", run.stage)
            for run in course.runs
        ],
        zone,
    )


def course_curve(course: Course) -> Curve | None:
    """Return how many have it over time."""
    reached, points = 0, [(course.opens, 0)]
    for run in course.runs:
        points += [(run.start, reached), (run.end, reached := reached + run.people)]
    stages = [(stage.no, stage.opens_at, stage.follows_at) for stage in course.stages]
    total = reached + course.never + course.unopened
    return curve(points if reached else [], stages, total)


def live_world(shown: Picture, now: datetime) -> World | None:
    """Return the waves of a rollout's newest stage that has any, and where the present is."""
    staged = [each for each in shown.stages if each.waves]
    if not staged:
        return None
    newest = staged[-1]
    return world(
        [
            Wave(
                one.zones or (shown.zone,),
                one.wave.due_at,
                one.wave.close_at,
                one.wave.size,
                _KINDS[one.wave.state],
                newest.stage.no,
            )
            for one in newest.waves
        ],
        shown.zone,
        now,
    )
