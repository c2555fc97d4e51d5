"""What happens to handed-in exports without anybody asking: they are forgotten."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial

from service.queue import Actor
from service.runtime import Runtime
from service.transfers import queries

KEPT = timedelta(days=1)


def jobs(_rt: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """Nothing here is announced."""
    return {}


def sweeps(rt: Runtime) -> Sequence[Callable[[], object]]:
    """What the ticker runs for this noun."""
    return (partial(forget, rt),)


def forget(rt: Runtime) -> bool:
    """Delete what was handed in a day ago and never taken over: it holds people's addresses."""
    with rt.read() as session:
        if not queries.is_stale(session, rt.clock() - KEPT):
            return False
    with rt.work() as uow:
        queries.forget(uow.session, uow.now - KEPT)
    return True
