"""What workers and the ticker do about rollouts."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from scheduling import zones
from service.db.unit_of_work import UnitOfWork, announce
from service.queue import Actor, Job
from service.rollouts import advancing, capacity, carrying, depending, rezoning
from service.rollouts.actions import fail
from service.rollouts.asking import ask_staff
from service.rollouts.planning import plan
from service.rollouts.queries import states, timing
from service.rollouts.timekeeping import Watch, heed
from service.runtime import Runtime, steady_seconds, utc_now

log = structlog.get_logger(__name__)


def jobs(rt: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """What a queued job runs, by actor; the subject is a rollout's id."""
    return {Actor.PLAN: partial(_plan, rt)}


def sweeps(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What the ticker runs, in the order in which one step feeds the next."""
    now = rt.clock
    # A clock that is set by hand, or runs at a pace of its own, jumps as it likes.
    watch = Watch(rt.clock, steady_seconds) if rt.clock is utc_now else None

    def closed(session: Session) -> Sequence[int]:
        return timing.with_closed_waves(session, now())

    return (
        partial(heed, rt, watch),
        partial(_each, rt, lambda session: states.expired(session, now()), advancing.expire),
        partial(_each, rt, lambda session: depending.to_look_at(session, now()), depending.look),
        partial(_each, rt, states.scheduled, advancing.start_due),
        partial(_each, rt, _of_other_zone_data, rezoning.rezone),
        partial(_each, rt, closed, capacity.look_back),
        partial(_each, rt, closed, carrying.carry_waves),
        partial(_in_one, rt, advancing.release_waves),
        partial(_each, rt, states.with_stages, advancing.advance),
        partial(_in_one, rt, advancing.complete),
        partial(ask_staff, rt),
    )


def searches(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What workers run: find what is still to be planned."""
    return (partial(_announce_planning, rt),)


def _plan(rt: Runtime, subject: str) -> None:
    plan(rt, int(subject))
    _in_one(rt, advancing.release_waves)  # an incident does not wait for the next poll


def _in_one(rt: Runtime, step: Callable[[UnitOfWork], None]) -> None:
    with rt.work("ticker") as uow:
        step(uow)


def _announce_planning(rt: Runtime) -> None:
    with rt.read() as session:
        waiting = states.unplanned(session)
    announce(rt.queue, [Job(Actor.PLAN, str(rollout_id)) for rollout_id in waiting])


def _of_other_zone_data(session: Session) -> Sequence[int]:
    return states.of_other_zone_data(session, zones.DATA_VERSION)


def _each(
    rt: Runtime,
    find: Callable[[Session], Sequence[int]],
    step: Callable[[UnitOfWork, int], None],
) -> None:
    """Take *step* with each rollout that *find* names, in a transaction of its own.

    One that cannot be judged is held, and holds up nobody else.
    """
    with rt.read() as session:
        found = find(session)
    for rollout_id in found:
        try:
            with rt.work("ticker") as uow:
                step(uow, rollout_id)
        except DBAPIError:
            raise  # the database is away or busy: the next round tries again
        except Exception as error:
            log.exception("step_failed", rollout=rollout_id)
            with rt.work("ticker") as uow:
                fail(uow, rollout_id, type(error).__name__)
