"""What may befall a running service; each fault is there for a while, and then gone."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.chaos.far_sides import Deed, Habit
from tests.chaos.world import World
from tests.e2e.sink import Phase
from tests.services import Server

AWAY = 10.0  # seconds that a server is gone
MOMENT = 2.0  # seconds that a far side does its deed at one phase
HOUR = 3600
ANSWERS = (Phase.CONNECTED, Phase.EHLO, Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.DOT)
PHASES = {
    Deed.REFUSE: ANSWERS,
    Deed.DEFER: ANSWERS,
    Deed.HANG: tuple(Phase),
    Deed.DISCONNECT: tuple(Phase),
}
BLOCK = 4096

Fault = Callable[[World], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Machines:
    """The servers that everybody shares."""

    database: Server
    queue: Server


@contextmanager
def nothing(_: World) -> Iterator[None]:
    """Nothing besides processes being killed."""
    yield


@contextmanager
def away(server: Server, _: World) -> Iterator[None]:
    """A server is stopped for a while."""
    server.stop()
    begun = time.monotonic()
    try:
        yield
        time.sleep(max(0.0, AWAY - (time.monotonic() - begun)))
    finally:
        server.start()


@contextmanager
def restarted(server: Server, _: World) -> Iterator[None]:
    """A server is started anew: what only its memory held is gone."""
    server.restart()
    yield


@contextmanager
def cut(world: World) -> Iterator[None]:
    """Every connection to the database is ended."""
    world.fleet.cut_database()
    yield


@contextmanager
def mail(deed: Deed, world: World, *, phases: Iterable[Phase] = tuple(Phase)) -> Iterator[None]:
    """The mail server does *deed* at one of *phases* of a conversation after the other."""
    try:
        for phase in phases:
            world.misbehave(deed, phase)
            time.sleep(MOMENT)
        yield
    finally:
        world.heal()


@contextmanager
def hooks(habit: Habit, world: World) -> Iterator[None]:
    """Every endpoint has a bad habit."""
    world.misbehave(habit)
    try:
        yield
        time.sleep(MOMENT)
    finally:
        world.heal()


@contextmanager
def clock(seconds: int, world: World) -> Iterator[None]:
    """The clocks of all processes jump, and later back."""
    world.shift_clock(seconds)
    try:
        yield
        time.sleep(AWAY)
    finally:
        world.shift_clock(0)


@contextmanager
def full(disk: Path, _: World) -> Iterator[None]:
    """The disk that holds the SQLite database is full."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(BLOCK))
        except OSError:
            pass  # that is the fault
    try:
        yield
        time.sleep(AWAY / 2)
    finally:
        ballast.unlink()


@contextmanager
def in_turn(faults: Iterable[Fault], world: World) -> Iterator[None]:
    """Several, each when the one before is gone."""
    for fault in faults:
        with fault(world):
            pass
    yield


FAR_SIDES: Mapping[str, Fault] = {
    **{f"mail server {each}": partial(mail, each, phases=PHASES[each]) for each in Deed},
    **{f"endpoints: each {each}": partial(hooks, each) for each in Habit if each is not Habit.TAKE},
}


def of_many(machines: Machines) -> dict[str, Fault]:
    """What may befall many processes on PostgreSQL and Redis."""
    return {
        "kills alone": nothing,
        f"Redis away for {AWAY:.0f} s": partial(away, machines.queue),
        "Redis restarted, empty": partial(restarted, machines.queue),
        "connections to PostgreSQL cut": cut,
        "PostgreSQL restarted": partial(restarted, machines.database),
        f"PostgreSQL away for {AWAY:.0f} s": partial(away, machines.database),
        **FAR_SIDES,
    }


def of_one(disk: Path, *, fills: bool, clocks: bool) -> dict[str, Fault]:
    """What may befall one process on SQLite in a file on *disk*, a small file system."""
    found: dict[str, Fault] = {"one process": nothing}
    if fills:
        found["disk full"] = partial(full, disk)
    if clocks:
        found["clock an hour ahead"] = partial(clock, HOUR)
        found["clock an hour behind"] = partial(clock, -HOUR)
    return found
