"""What the ticker does about access: forgets what nobody can use any more."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from service.access import actions, queries
from service.queue import Actor
from service.runtime import Runtime


def jobs(_: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """What workers run for this noun."""
    return {}


def sweeps(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What the ticker runs for this noun."""
    return (partial(forget_old, rt),)


def forget_old(rt: Runtime) -> None:
    """Forget a portion of old answers, sessions and links; the rest waits for the next round."""
    now = rt.clock()
    with rt.read() as session:
        if not queries.has_old(session, now - actions.MEMORY, now):
            return
    with rt.work() as uow:
        actions.forget_old(uow)
