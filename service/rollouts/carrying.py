"""Gives whoever was not reached their next window: no burst, and nobody lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from scheduling.waves import Late, WaveTime
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import Skip
from service.deliveries.queries import outcomes, slices
from service.deliveries.queries.slices import Counts
from service.publications.models import Publication
from service.publications.plans import Plan
from service.rollouts.models import Rollout, Segment, Wave, WaveState
from service.rollouts.opening import clock_of, spread, wave_time
from service.rollouts.queries import planning, timing


@dataclass(slots=True)
class Timetable:
    """A rollout's plan and segments, read once; the next window of zones alike, found once."""

    rollout: Rollout
    publication: Publication
    plan: Plan
    segments: Mapping[int, Segment]
    _found: dict[str, WaveTime | None] = field(default_factory=dict)

    @classmethod
    def of(cls, uow: UnitOfWork, rollout: Rollout) -> Self:
        """The timetable of *rollout*."""
        publication = uow.session.get_one(Publication, rollout.publication_id)
        segments = {each.no: each for each in planning.segments(uow.session, rollout.id)}
        return cls(rollout, publication, Plan.model_validate(publication.plan), segments)

    def next(self, uow: UnitOfWork, wave: Wave) -> WaveTime | None:
        """The next window of *wave*'s people, from now on.

        What the plan says of a late start is not meant for them: they had their turn in time.
        """
        segment = self.segments[wave.segment_no]
        zone = clock_of(segment, self.plan)
        if zone not in self._found:
            self._found[zone] = wave_time(
                uow, self.publication, self.plan, segment, Late.NEXT_WINDOW
            )
        return self._found[zone]


def carry_waves(uow: UnitOfWork, rollout_id: int) -> None:
    """Carry whoever of a rollout was not reached before the window closed to their next one."""
    closed = timing.closed(uow.session, uow.now, rollout_id)
    if not closed:
        return
    timetable = Timetable.of(uow, closed[0][1])
    for wave, _ in closed:
        time = timetable.next(uow, wave)
        if time is None:
            _give_up(uow, timetable, wave)
        else:
            _carry(uow, timetable, wave, time)


def retime_waves(uow: UnitOfWork, rollout: Rollout) -> None:
    """Work out anew, from now, the next window of everybody in *rollout* who still waits."""
    timetable = Timetable.of(uow, rollout)
    for wave in timing.unfinished_waves(uow.session, rollout.id):
        retime(uow, timetable, wave, timetable.next(uow, wave))


def retime(uow: UnitOfWork, timetable: Timetable, wave: Wave, time: WaveTime | None) -> None:
    """Let *wave* leave at *time*; None: its people are given up, with their reason."""
    if time is None:
        _give_up(uow, timetable, wave)
        return
    wave.due_at, wave.close_at, wave.state = time.due_at, time.close_at, WaveState.PLANNED
    uow.session.flush()
    timing.retime_slices(uow.session, wave)
    spread(uow, timetable.rollout, timetable.plan, wave)


def _carry(uow: UnitOfWork, timetable: Timetable, wave: Wave, time: WaveTime) -> None:
    later = Wave(
        rollout_id=wave.rollout_id,
        stage_id=wave.stage_id,
        segment_no=wave.segment_no,
        occurrence=timing.last_occurrence(uow.session, wave) + 1,
        due_at=time.due_at,
        close_at=time.close_at,
        state=WaveState.PLANNED,
        size=timing.people_left(uow.session, wave),
    )
    uow.session.add(later)
    uow.session.flush()
    timing.move_slices(uow.session, wave, later)
    spread(uow, timetable.rollout, timetable.plan, later)
    wave.state = WaveState.CARRIED


def _give_up(uow: UnitOfWork, timetable: Timetable, wave: Wave) -> None:
    """Skip whoever is left of *wave*: no window of theirs opens before it expires.

    At once, and not when it expires: a stage waits for its people to be told or given up.
    """
    skipped = sum(
        outcomes.skip_between(uow.session, wave.rollout_id, first, last, Skip.EXPIRED, uow.now)
        for first, last in slices.cut_off(uow.session, wave.id)
    )
    channel = timetable.segments[wave.segment_no].channel
    lane = slices.lane_of(uow.session, wave.rollout_id, channel)
    slices.count(uow.session, lane.id, Counts(skipped=skipped))
    wave.state = WaveState.CANCELLED
