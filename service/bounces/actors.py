"""What the ticker does about refusals: takes up what our own sessions were told."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from service.bounces import actions, queries
from service.queue import Actor
from service.runtime import Runtime


def jobs(_rt: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """Nothing here is a worker's."""
    return {}


def sweeps(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What the ticker runs for this noun."""
    return (partial(follow, rt),)


def follow(rt: Runtime) -> None:
    """Take up new refusals, a batch at a time."""
    with rt.read() as session:
        if not queries.has_refusals(session, actions.FOLLOWED):
            return
    with rt.work() as uow:
        actions.follow(uow)
