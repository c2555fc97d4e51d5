"""What happens to the queue without anybody asking: the ticker's part."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from service.moderation.actions import expire
from service.publications import queries
from service.queue import Actor
from service.runtime import Runtime


def jobs(_rt: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """Nothing here is announced."""
    return {}


def sweeps(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What the ticker runs for this noun."""
    return (partial(expire_held, rt),)


def expire_held(rt: Runtime) -> int:
    """End what was held past its expiry; return how many publications that were."""
    with rt.read() as session:
        if not queries.held_past(session, rt.clock()):
            return 0  # most ticks: nobody's turn at writing is taken
    with rt.work() as uow:
        return expire(uow)
