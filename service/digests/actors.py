"""What workers and the ticker do about digests."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from service.db.unit_of_work import announce
from service.digests import queries
from service.digests.actions import gather, send_digest
from service.queue import Actor, Job
from service.runtime import Runtime

AT_ONCE = 500  # read at once; nine o'clock comes to many


def jobs(rt: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """What a queued job runs, by actor; there is one job for all digests that are due."""
    return {Actor.DIGEST: lambda _: send_due(rt)}


def sweeps(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What the ticker runs for this noun."""
    return (partial(note, rt),)


def searches(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What workers run: find digests whose hour has come."""
    return (partial(_announce, rt),)


def note(rt: Runtime) -> None:
    """Note what was left for digests."""
    with rt.read() as session:
        if not queries.has_new(session) and not queries.undated(session):
            return  # most ticks: nobody's turn at writing is taken
    with rt.work("ticker") as uow:
        gather(uow)


def send_due(rt: Runtime) -> None:
    """Send the digests whose hour has come, each in a unit of work of its own."""
    while addresses := _due(rt, AT_ONCE):
        for address_id in addresses:
            if rt.stopping.is_set():
                return
            with rt.work("worker") as uow:
                send_digest(uow, rt.settings, address_id)


def _announce(rt: Runtime) -> None:
    if _due(rt, 1):
        announce(rt.queue, [Job(Actor.DIGEST, "due")])


def _due(rt: Runtime, limit: int) -> Sequence[int]:
    with rt.read() as session:
        return queries.due(session, rt.clock(), limit)
