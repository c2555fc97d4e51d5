"""What workers and the ticker do about rollouts."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import structlog
from sqlalchemy.exc import DBAPIError

from service.db.unit_of_work import UnitOfWork, announce
from service.queue import Actor, Job
from service.rollouts import advancing, carrying, depending
from service.rollouts.actions import fail
from service.rollouts.asking import ask_staff
from service.rollouts.planning import plan
from service.rollouts.queries import states
from service.runtime import Runtime

log = structlog.get_logger(__name__)


def jobs(rt: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """What a queued job runs, by actor; the subject is a rollout's id."""
    return {Actor.PLAN: partial(_plan, rt)}


def sweeps(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What the ticker runs, in the order in which one step feeds the next."""
    steps = (
        advancing.start_due,
        carrying.carry_waves,
        advancing.release_waves,
    )
    return (
        partial(_in_one, rt, advancing.expire),
        partial(_look_all, rt),
        *(partial(_in_one, rt, step) for step in steps),
        partial(_advance_all, rt),
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


def _look_all(rt: Runtime) -> None:
    with rt.read() as session:
        concerned = depending.to_look_at(session, rt.clock())
    _each(rt, concerned, depending.look)


def _advance_all(rt: Runtime) -> None:
    with rt.read() as session:
        running = states.with_stages(session)
    _each(rt, running, advancing.advance)


def _each(rt: Runtime, rollouts: Sequence[int], step: Callable[[UnitOfWork, int], None]) -> None:
    """Take *step* with each; one that cannot be judged is held, and holds up nobody else."""
    for rollout_id in rollouts:
        try:
            with rt.work("ticker") as uow:
                step(uow, rollout_id)
        except DBAPIError:
            raise  # the database is away or busy: the next round tries again
        except Exception as error:
            log.exception("step_failed", rollout=rollout_id)
            with rt.work("ticker") as uow:
                fail(uow, rollout_id, type(error).__name__)
