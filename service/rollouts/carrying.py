"""Gives whoever was not reached their next window: no burst, and nobody lost."""

from scheduling.waves import Late, WaveTime
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import Skip
from service.deliveries.queries import outcomes, slices
from service.deliveries.queries.slices import Counts
from service.publications.models import Publication
from service.publications.plans import Plan
from service.rollouts.models import Rollout, Segment, Wave, WaveState
from service.rollouts.opening import wave_time
from service.rollouts.queries import planning, states


def carry_waves(uow: UnitOfWork) -> None:
    """Carry whoever was not reached before the window closed to their next one."""
    for wave, rollout in states.closed(uow.session, uow.now):
        segment = _segment(uow, wave)
        time = _next(uow, rollout, segment)
        if time is None:
            _give_up(uow, wave, segment)
        else:
            _carry(uow, wave, time)


def retime_waves(uow: UnitOfWork, rollout: Rollout) -> None:
    """Work out anew, from now, the next window of everybody in *rollout* who still waits."""
    for wave in states.unfinished_waves(uow.session, rollout.id):
        segment = _segment(uow, wave)
        time = _next(uow, rollout, segment)
        if time is None:
            _give_up(uow, wave, segment)
        else:
            wave.due_at, wave.close_at, wave.state = time.due_at, time.close_at, WaveState.PLANNED
            states.retime_slices(uow.session, wave)


def _next(uow: UnitOfWork, rollout: Rollout, segment: Segment) -> WaveTime | None:
    # What the plan says of a late start is not meant for them: they had their turn in time.
    publication = uow.session.get_one(Publication, rollout.publication_id)
    plan = Plan.model_validate(publication.plan)
    return wave_time(uow, publication, plan, segment, Late.NEXT_WINDOW)


def _carry(uow: UnitOfWork, wave: Wave, time: WaveTime) -> None:
    later = Wave(
        rollout_id=wave.rollout_id,
        stage_id=wave.stage_id,
        segment_no=wave.segment_no,
        occurrence=states.last_occurrence(uow.session, wave) + 1,
        due_at=time.due_at,
        close_at=time.close_at,
        state=WaveState.PLANNED,
        size=states.people_left(uow.session, wave),
    )
    uow.session.add(later)
    uow.session.flush()
    states.move_slices(uow.session, wave, later)
    wave.state = WaveState.CARRIED


def _give_up(uow: UnitOfWork, wave: Wave, segment: Segment) -> None:
    """Skip whoever is left of *wave*: no window of theirs opens before it expires.

    At once, and not when it expires: a stage waits for its people to be told or given up.
    """
    skipped = sum(
        outcomes.skip_between(uow.session, wave.rollout_id, first, last, Skip.EXPIRED, uow.now)
        for first, last in slices.cut_off(uow.session, wave.id)
    )
    lane = slices.lane_of(uow.session, wave.rollout_id, segment.channel)
    slices.count(uow.session, lane.id, Counts(skipped=skipped))
    wave.state = WaveState.CANCELLED


def _segment(uow: UnitOfWork, wave: Wave) -> Segment:
    segments = planning.segments(uow.session, wave.rollout_id)
    return next(each for each in segments if each.no == wave.segment_no)
