"""From a preview and a simulation to what programs read of them."""

from datetime import timedelta

from service.rollouts.outlook import Outlook
from service.rollouts.simulating import LEFT_OUT, Simulation, Way
from service.rollouts.views.preview_schemas import (
    PreviewOut,
    ReadingOut,
    SimulationOut,
    StageSimulationOut,
    TargetOut,
    WaitOut,
    WaySimulationOut,
    ZonePreviewOut,
)

_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)


def preview_out(seen: Outlook) -> PreviewOut:
    """Return the whole of a preview."""
    return PreviewOut(
        size=seen.size,
        written=seen.written,
        people=seen.people,
        targets=[
            TargetOut(kind=each.kind, name=each.name, people=each.count) for each in seen.targets
        ],
        channels=dict(seen.channels),
        languages=[
            ReadingOut(chosen=each.chosen, read=each.read, people=each.count)
            for each in seen.readings
        ],
        timezone=seen.page,
        zones=[
            ZonePreviewOut(
                zone=each.zone,
                people=each.count,
                first=each.first,
                local=each.local,
                here=each.here,
                clock=each.clock,
            )
            for each in seen.every_zone
        ],
        left_out={reason.value: count for reason, count in seen.left_out.items()},
        never=seen.never,
        held_out=seen.held_out,
        stages=list(seen.stages),
        waits_for=[WaitOut(name=each.name, why=each.why) for each in seen.unmet],
    )


def simulation_out(found: Simulation) -> SimulationOut:
    """Return the whole of a simulation."""
    question = found.question
    return SimulationOut(
        at=question.at,
        fault_share=question.fault.share,
        notice_minutes=question.fault.notice / _MINUTE,
        per_minute=question.per_minute,
        needed=found.exposure.needed,
        stages=[
            StageSimulationOut(
                no=stage.no,
                people=stage.size,
                reached=sight.people,
                opens_at=stage.opens_at,
                quorum_at=stage.quorum_at,
                follows_at=stage.follows_at,
                reveals=sight.reveals,
                chances={f"{share:g}": chance for share, chance in sight.chances},
            )
            for stage, sight in zip(found.course.stages, found.sights, strict=False)
        ],
        ways=[_way(each) for each in found.ways],
        left_out=list(LEFT_OUT),
    )


def _way(each: Way) -> WaySimulationOut:
    course = each.course
    return WaySimulationOut(
        way=each.name,
        hours_to_50=_hours(course.until(0.5)),
        hours_to_95=_hours(course.until(0.95)),
        hours_to_100=_hours(course.until(1.0)),
        peak_per_minute=course.peak(),
        inside_windows=course.inside,
        carried=course.carried,
        never=course.never + course.unopened,
        skipped=course.skipped,
        noticed_at=each.exposure.noticed_at,
        exposed=each.exposure.exposed,
        affected=each.exposure.affected,
    )


def _hours(length: timedelta | None) -> float | None:
    return None if length is None else round(length / _HOUR, 3)
