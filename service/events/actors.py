"""What happens to events without anybody asking: the ticker's part."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from service.events import queries
from service.events.actions import follow_approvals
from service.queue import Actor
from service.runtime import Runtime


def jobs(_rt: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """Nothing here is announced."""
    return {}


def sweeps(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What the ticker runs for this noun."""
    return (partial(follow, rt),)


def follow(rt: Runtime) -> int:
    """Let components' states follow what was approved; return how many updates were new."""
    with rt.read() as session:
        if not queries.is_behind(session):
            return 0  # most ticks: nobody's turn at writing is taken
    with rt.work() as uow:
        return follow_approvals(uow)
