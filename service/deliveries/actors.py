"""What workers and the ticker do about deliveries."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from channels.registry import Unavailable
from service.db.unit_of_work import announce
from service.deliveries import bulk, singles
from service.deliveries.choosing import buckets
from service.deliveries.office import Office
from service.deliveries.parcels import Composer
from service.deliveries.queries import limits, offers, slices
from service.deliveries.recovery import recover
from service.queue import Actor, Job
from service.runtime import Runtime


def jobs(rt: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """What a queued job runs, by actor; the subject is a channel's name."""
    office = Office(rt, Composer(rt))
    return {
        Actor.DRAIN: partial(bulk.drain, office),
        Actor.DISPATCH: partial(singles.dispatch, office),
    }


def sweeps(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What the ticker runs: settle what was lost."""
    return (partial(recover, rt),)


def searches(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What workers run: ring for what is ready, whoever announced it."""
    return (partial(_ring, rt),)


def _ring(rt: Runtime) -> None:
    now = rt.clock()
    with rt.read() as session:
        jobs = [
            Job(actor, channel)
            for channel in rt.channels.push_names()
            for actor, waits in (
                (Actor.DRAIN, slices.has_work(session, channel, now)),
                (Actor.DISPATCH, _has_singles(rt, session, channel, now)),
            )
            if waits
        ]
    announce(rt.queue, jobs)


def _has_singles(rt: Runtime, session: Session, name: str, now: datetime) -> bool:
    held = limits.held_lanes(session, name)
    if held is None:
        return False
    try:
        channel = rt.channels.push(name)
    except Unavailable:
        return False
    return offers.has_work(session, name, now, buckets(channel.traits, held))
