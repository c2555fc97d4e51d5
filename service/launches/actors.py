"""What the ticker does about launches."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from service.launches.telling import tell_parties
from service.queue import Actor
from service.runtime import Runtime


def jobs(rt: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """Nothing: launches have no jobs of their own."""
    del rt
    return {}


def sweeps(rt: Runtime) -> Sequence[Callable[[], object]]:
    """Tell parties of news, and those on standby of trouble."""
    return (partial(tell_parties, rt),)


def searches(rt: Runtime) -> Sequence[Callable[[], object]]:
    """Nothing."""
    del rt
    return ()
