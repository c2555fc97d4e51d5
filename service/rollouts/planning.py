"""Turns an audience into deliveries: a job that can be killed and begun again at any point.

Each step is a unit of work that finds out what is left to do, so a second run, or a second
planner at the same time, does nothing twice.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

from scheduling import waves, zones
from service.db.unit_of_work import UnitOfWork
from service.deliveries.brief import sending_rule
from service.deliveries.models import Slice
from service.publications.models import Publication
from service.publications.plans import Plan
from service.rollouts import depending, staging
from service.rollouts.binding import is_bound
from service.rollouts.deciding import decided
from service.rollouts.models import (
    DecisionKind,
    Rollout,
    RolloutState,
    Segment,
)
from service.rollouts.opening import open_stage
from service.rollouts.queries import planning as queries
from service.rollouts.queries.reached import freeze_reached, is_drained
from service.rollouts.reach import is_ramped
from service.rollouts.starting import start, starts_at
from service.runtime import Runtime
from service.subscribers.audience import Audience

ROUNDS = 3  # people who move between zones while we plan are looked for this often


def plan(rt: Runtime, rollout_id: int) -> None:
    """Plan a rollout to the end: lay out segments, write their deliveries, open the first stage."""
    if not _is_ready(rt, rollout_id):
        return
    with rt.work() as uow:
        queries.know_audience(uow.session)
    for _ in range(ROUNDS):
        if not _lay_out(rt, rollout_id):
            break
        while _write_next(rt, rollout_id):
            pass
    with rt.work() as uow:
        rollout = queries.locked(uow.session, rollout_id)
        if rollout.state is RolloutState.PLANNING:
            _finish(uow, rollout)


def _is_ready(rt: Runtime, rollout_id: int) -> bool:
    """Whether its audience is known: a correction waits until nothing it corrects is in flight.

    What it corrects is over, and nothing leaves any more: from then on the answer is final.
    """
    with rt.work() as uow:
        rollout = queries.locked(uow.session, rollout_id)
        corrected = rollout.corrects_id
        if corrected is None or queries.segments(uow.session, rollout_id):
            return True
        if not is_drained(uow.session, corrected):
            return False
        freeze_reached(uow.session, corrected)
        return True


def _lay_out(rt: Runtime, rollout_id: int) -> bool:
    """Add segments for everybody who has no delivery; False if that is nobody."""
    with rt.work() as uow:
        rollout = queries.locked(uow.session, rollout_id)
        if rollout.state is not RolloutState.PLANNING:
            return False
        present = queries.segments(uow.session, rollout_id)
        if any(segment.size is None for segment in present):
            return True
        publication, audience = _read(uow, rollout)
        people = queries.missing(uow.session, rollout_id, audience)
        for no, segment in enumerate(_segments(rt, uow, publication, people), len(present) + 1):
            segment.rollout_id, segment.no = rollout_id, no
            uow.session.add(segment)
        return bool(people)


def _segments(
    rt: Runtime,
    uow: UnitOfWork,
    publication: Publication,
    people: Sequence[tuple[str, str, int]],
) -> Iterator[Segment]:
    by_channel = defaultdict[str, dict[str, int]](dict)
    for channel, zone, count in people:
        by_channel[channel][zone] = count
    for channel, counts in by_channel.items():
        ramped = is_ramped(rt.channels, channel)
        groups = _classes(uow, publication, list(counts)) if ramped else [list(counts)]
        for group in groups:
            # The first one names the group wherever it is shown: that of most people.
            named = sorted(group, key=lambda zone: (-counts.get(zone, 0), zone))
            yield Segment(channel=channel, is_ramped=ramped, zones=named)


def _classes(
    uow: UnitOfWork, publication: Publication, names: Sequence[str]
) -> Iterator[Sequence[str]]:
    """Zones that open and close together; those nobody knows go with the plan's fallback."""
    plan = Plan.model_validate(publication.plan)
    rule = sending_rule(publication, plan)
    unknown = [name for name in names if not zones.is_zone(name)]
    known = set(names).difference(unknown) | ({plan.fallback_zone} if unknown else set())
    horizon = max(publication.expires_at - uow.now, timedelta())
    for group in waves.classes(known, rule, uow.now, horizon):
        with_unknown = unknown if plan.fallback_zone in group.zones else []
        yield (*group.zones, *with_unknown)


def _write_next(rt: Runtime, rollout_id: int) -> bool:
    """Write the deliveries of one channel's segments; False if all are written.

    In one statement: selecting the audience costs the same for one segment as for all of them.
    """
    with rt.work() as uow:
        rollout = queries.locked(uow.session, rollout_id)
        present = queries.segments(uow.session, rollout_id)
        unwritten = [each for each in present if each.size is None]
        if not unwritten or rollout.state is not RolloutState.PLANNING:
            return False
        publication, audience = _read(uow, rollout)
        some = [each for each in unwritten if each.channel == unwritten[0].channel]
        lanes = _big_lanes(rt, some[0])
        cohorts = Plan.model_validate(publication.plan).cohorts
        sizes = queries.write_segments(uow.session, rollout, some, audience, lanes, cohorts)
        for segment in some:
            segment.size = sizes.get(segment.no, 0)
        return True


def _big_lanes(rt: Runtime, segment: Segment) -> Sequence[str]:
    if not segment.is_ramped:
        return ()
    return sorted(rt.channels.push(segment.channel).traits.big_lanes)


def _finish(uow: UnitOfWork, rollout: Rollout) -> None:
    """Fix the stages, open the first, and start if it is time."""
    publication, _ = _read(uow, rollout)
    plan = Plan.model_validate(publication.plan)
    present = queries.segments(uow.session, rollout.id)
    rollout.size = sum(segment.size or 0 for segment in present)
    rollout.planned_at = uow.now
    rollout.state = RolloutState.SCHEDULED
    channels = sorted({segment.channel for segment in present})
    lanes = [_lane(rollout, publication, plan, channel) for channel in channels]
    uow.session.add_all(lanes)
    ladder = staging.ladder(uow, rollout, plan)
    uow.session.add_all(ladder.stages)
    uow.session.flush()
    staging.keep_out(uow, rollout, ladder)
    stages = ladder.stages
    for lane in lanes:
        lane.stages = len(stages)
    decided(uow, rollout, DecisionKind.START, stage=stages[0] if stages else None)
    if stages:
        open_stage(uow, rollout, stages[0])
    depending.look(uow, rollout.id)
    if rollout.state is not RolloutState.SCHEDULED or not is_bound(uow, rollout, publication):
        return
    if starts_at(rollout, plan) <= uow.now:
        start(uow, rollout)


def _lane(rollout: Rollout, publication: Publication, plan: Plan, channel: str) -> Slice:
    return Slice(
        rollout_id=rollout.id,
        publication_id=publication.id,
        channel=channel,
        bucket="",
        ready=False,
        urgency=publication.urgency,
        on_unknown=plan.on_unknown,
    )


def _read(uow: UnitOfWork, rollout: Rollout) -> tuple[Publication, Audience]:
    publication = uow.session.get_one(Publication, rollout.publication_id)
    return publication, Audience.from_json(publication.audience)
