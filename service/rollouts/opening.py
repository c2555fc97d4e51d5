"""Opens a stage: its people become waves, and its waves slices."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import NamedTuple

from scheduling import zones
from scheduling.waves import Late, WaveTime, jitter, next_wave
from scheduling.windows import allowed
from service.db.unit_of_work import UnitOfWork
from service.deliveries.brief import sending_rule
from service.deliveries.models import Skip, Slice
from service.deliveries.queries import outcomes, slices
from service.deliveries.queries.slices import Counts
from service.publications.models import Publication
from service.publications.plans import Plan
from service.rollouts.models import (
    Rollout,
    Segment,
    Stage,
    StageState,
    Wave,
    WaveState,
)
from service.rollouts.queries import planning as queries
from service.rollouts.queries import timing

SLICE_SIZE = 500


class Share(NamedTuple):
    """A stage's people of one segment behind one provider: an interval of numbers."""

    segment: int
    bucket: str
    first: int
    last: int
    size: int


def open_stage(uow: UnitOfWork, rollout: Rollout, stage: Stage) -> None:
    """Let *stage* begin: waves at the next window of each schedule class, slices to send them."""
    publication = uow.session.get_one(Publication, rollout.publication_id)
    plan = Plan.model_validate(publication.plan)
    segments = {each.no: each for each in queries.segments(uow.session, rollout.id)}
    stage.state, stage.opened_at = StageState.OPEN, uow.now
    for number, shares in _by_segment(uow, stage).items():
        time = wave_time(uow, publication, plan, segments[number], plan.late)
        if time is None:
            _skip(uow, rollout, segments[number], shares)
            continue
        wave = _wave(stage, number, time, sum(share.size for share in shares))
        uow.session.add(wave)
        uow.session.flush()
        zone = clock_of(segments[number], plan)
        any_hour = not allowed(zone, time.due_at, sending_rule(publication, plan))
        for share in shares:
            uow.session.add_all(
                _slice(publication, plan, wave, segments[number], share, lo, hi, any_hour=any_hour)
                for lo, hi in _cut(share)
            )
        uow.session.flush()
        spread(uow, rollout, plan, wave)


def _skip(uow: UnitOfWork, rollout: Rollout, segment: Segment, shares: Iterable[Share]) -> None:
    """There is no hour left at which these people may be written to."""
    skipped = sum(
        outcomes.skip_between(
            uow.session, rollout.id, share.first, share.last, Skip.EXPIRED, uow.now
        )
        for share in shares
    )
    lane = slices.lane_of(uow.session, rollout.id, segment.channel)
    slices.count(uow.session, lane.id, Counts(skipped=skipped))


def wave_time(
    uow: UnitOfWork, publication: Publication, plan: Plan, segment: Segment, late: Late
) -> WaveTime | None:
    """When a segment's people may be written to from now on; None if never."""
    return next_wave(clock_of(segment, plan), uow.now, sending_rule(publication, plan), late)


def clock_of(segment: Segment, plan: Plan) -> str:
    """The zone whose clock stands for all of a segment's: the first that is known."""
    return next((zone for zone in segment.zones if zones.is_zone(zone)), plan.fallback_zone)


def spread(uow: UnitOfWork, rollout: Rollout, plan: Plan, wave: Wave) -> None:
    """Let the slices of a *wave* that opens with a window set out one after the other.

    Every clock of a zone strikes at once; without this, all of its people would be sent to at :00.
    """
    waiting = timing.waiting_slices(uow.session, wave)
    closes = wave.close_at or wave.due_at + plan.spread_over * 2
    within = min(plan.spread_over, (closes - wave.due_at) / 2)
    if wave.due_at <= uow.now or len(waiting) == 1:
        within = timedelta(0)
    step = within / max(len(waiting), 1)
    moments = [
        wave.due_at + place * step + jitter(rollout.permutation_a, first, step)
        for place, (_, first) in enumerate(waiting)
    ]
    timing.set_out(uow.session, [key for key, _ in waiting], moments)


def _by_segment(uow: UnitOfWork, stage: Stage) -> dict[int, list[Share]]:
    grouped = defaultdict[int, list[Share]](list)
    for row in queries.shares(uow.session, stage.rollout_id, stage.rank_lo, stage.rank_hi):
        share = Share(*row)
        grouped[share.segment].append(share)
    return grouped


def _wave(stage: Stage, segment: int, time: WaveTime, size: int) -> Wave:
    return Wave(
        rollout_id=stage.rollout_id,
        stage_id=stage.id,
        segment_no=segment,
        occurrence=1,
        due_at=time.due_at,
        close_at=time.close_at,
        state=WaveState.PLANNED,
        size=size,
    )


def _cut(share: Share) -> Iterator[tuple[int, int]]:
    for first in range(share.first, share.last + 1, SLICE_SIZE):
        yield first, min(first + SLICE_SIZE - 1, share.last)


def _slice(
    publication: Publication,
    plan: Plan,
    wave: Wave,
    segment: Segment,
    share: Share,
    first: int,
    last: int,
    *,
    any_hour: bool,
) -> Slice:
    return Slice(
        rollout_id=wave.rollout_id,
        publication_id=publication.id,
        stage_id=wave.stage_id,
        wave_id=wave.id,
        channel=segment.channel,
        bucket=share.bucket,
        n_lo=first,
        n_hi=last,
        ready=False,
        urgency=publication.urgency,
        close_at=wave.close_at,
        any_hour=any_hour,
        marked_upto=first - 1,
        settled_upto=first - 1,
        on_unknown=plan.on_unknown,
    )
