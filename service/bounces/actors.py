"""What the ticker does about refusals: takes up what our own sessions were told."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from service.bounces import actions, queries, wording
from service.bounces.telling import administrators, tell_staff
from service.queue import Actor
from service.runtime import Runtime


def jobs(_rt: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """Nothing here is a worker's."""
    return {}


def sweeps(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What the ticker runs for this noun."""
    return (partial(follow, rt), partial(tell, rt))


def follow(rt: Runtime) -> None:
    """Take up new refusals, a batch at a time."""
    with rt.read() as session:
        if not queries.has_refusals(session, actions.FOLLOWED):
            return
    with rt.work() as uow:
        actions.follow(uow)


def tell(rt: Runtime) -> None:
    """Mail the administrators about storms they were not told of."""
    with rt.read() as session:
        if not queries.untold(session):
            return
    with rt.work() as uow:
        for storm in queries.untold(uow.session):
            storm.told_at = uow.now
            message = wording.storm(uow, rt.settings, storm)
            tell_staff(uow, rt.channels, administrators(uow), message)
