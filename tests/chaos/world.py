"""A running service with its followers, its far sides, and somebody who starts again what dies."""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from channels.webhook import new_secret
from service.access import keys
from service.access.sealing import seal
from service.config import Settings
from service.db.engine import open_database
from service.db.unit_of_work import begin
from service.deliveries.office import AT_ONCE
from service.runtime import utc_now
from tests.chaos.far_sides import BadSink, Deed, Endpoint, Habit
from tests.e2e.fleet import Fleet, wait_for
from tests.factories import a_subscriber, a_subscription, an_address
from tests.fakes import Queue
from tests.processes import Service

LANES = 2  # slices, and single messages: a process holds AT_ONCE of both
IN_DOUBT = LANES * AT_ONCE * Settings().mark_at_once  # mails, when a process is killed
PATIENCE = 600.0  # seconds a broken round waits; a good one may need minutes on a busy machine
BREATH = 1.0  # seconds between two starts of a process that ends at once
LOOK = 0.25  # seconds between two visits of a reader
PAGE = "/mail/en/"
HOOKS = 9_000_000  # the endpoints' subscribers are numbered by themselves, after everybody
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


@dataclass
class World:
    """Everything that a fault may befall. *names* are the processes; `serve-1` is all roles."""

    fleet: Fleet
    names: Sequence[str]
    sink: BadSink
    endpoint: Endpoint
    people: int
    luck: Random
    place: Path
    kills: int = 0
    senders_killed: int = 0
    _started: dict[str, float] = field(default_factory=dict)

    def begin(self) -> None:
        """Start everybody, and let people follow."""
        done = self.fleet.run("db", "upgrade")
        assert done.returncode == 0, done.stderr
        self.fleet.people(self.people)
        for name in self.names:
            self._start(name)
        self.fleet.processes[self.names[0]].wait_until_it_answers()
        wait_for(lambda: all(map(self.fleet.has_started, self.names[1:])), "they do not start")

    def hooks(self, count: int) -> None:
        """Let so many endpoints follow the page."""
        keys.use(self.fleet.environment["TOCSIN_SECRET_KEY"].encode())
        database = open_database(self.fleet.database_url)
        try:
            with begin(database, Queue(), utc_now, "test") as uow:
                for n in range(count):
                    url = f"http://127.0.0.1:{self.endpoint.port}/{n}"
                    person = a_subscriber(uow, id=HOOKS + n)
                    address = an_address(
                        uow, person, url, id=HOOKS + n, channel="webhook", key=url,
                        shown=f"hook {n}", lane="127.0.0.1", secrets=seal(new_secret()),
                    )  # fmt: skip
                    a_subscription(uow, address, id=HOOKS + n, page_id=1)
        finally:
            database.close()

    def kill(self) -> str:
        """Kill one process at random with -9, and start it again; return its name."""
        name = self.luck.choice(self.names)
        self.fleet.processes[name].signal_all(signal.SIGKILL)
        self.fleet.processes[name].process.wait()
        self.kills += 1
        self.senders_killed += name.startswith(("worker", "serve"))
        self._start(name)
        return name

    def revive(self) -> None:
        """Start again whoever has ended by itself, as an operator's supervisor would."""
        for name in self.names:
            ended = self.fleet.processes[name].process.poll() is not None
            if ended and time.monotonic() - self._started[name] > BREATH:
                self._start(name)

    def wait(self, condition: Callable[[], Any], what: str) -> float:
        """Wait until *condition* holds, reviving who ends; return the seconds it took."""

        def holds() -> bool:
            self.revive()
            return bool(condition())

        return wait_for(holds, what, PATIENCE)

    def announce(self) -> str:
        """Announce an incident to everybody; return its publication."""
        self.wait(lambda: self._get("/readyz", "ready"), "it does not get ready")
        return self.fleet.announce("mail", steps=(100,))

    def rollout(self, publication: str) -> dict[str, Any]:
        """Where the rollout stands; nothing while nobody answers."""
        try:
            found: dict[str, Any] = self.fleet.rollout(publication)
        except (OSError, ValueError, AssertionError, KeyError):
            return {"state": "", "deliveries": {}}
        return found

    def resume(self, rollout: str) -> bool:
        """Let a rollout go on that a gate stopped, as staff would when all is well again."""
        why = {"comment": "the far side is well again"}
        try:
            self.fleet.post("rollouts", f"/api/v1/rollouts/{rollout}/resume", why)
        except (OSError, ValueError, AssertionError):
            return False  # nobody answers, or it goes on already: it is asked for again
        return True

    def _get(self, path: str, key: str) -> bool:
        try:
            return bool(self.fleet.get(path)[key])
        except (OSError, ValueError, AssertionError):
            return False

    def _start(self, name: str) -> Service:
        self._started[name] = time.monotonic()
        started = self.fleet.start(name)
        started.port = self.fleet.port
        return started

    @property
    def taken(self) -> int:
        """Messages and webhooks that reached the far sides, each counted once."""
        return len(self.sink.taken) + len(self.endpoint.taken)

    @property
    def doubles(self) -> int:
        """Those that came again."""
        return self.sink.doubles + self.endpoint.doubles

    @property
    def bound(self) -> int:
        """How many may have come again, at most, by all that happened so far."""
        return self.senders_killed * IN_DOUBT + self.sink.doubts + self.endpoint.doubts

    def heal(self) -> None:
        """Let the far sides behave."""
        self.sink.deed, self.endpoint.habit = None, Habit.TAKE

    def misbehave(self, deed: Deed | Habit, phase: Any = None) -> None:
        """Let a far side do *deed*; mail servers at a *phase*."""
        if isinstance(deed, Deed):
            self.sink.do(phase, deed)
        else:
            self.endpoint.habit = deed

    def shift_clock(self, seconds: int) -> None:
        """Let the clock of every process show so many seconds more than the true one."""
        shift = self.place / "shift"
        draft = self.place / "shift.new"
        draft.write_text(f"{seconds:+d}\n")
        draft.replace(shift)


class Reader:
    """Reads the public page again and again, and notes how long it got nothing."""

    def __init__(self, world: World) -> None:
        self._world, self._done = world, threading.Event()
        self.errors, self.silent = 0, 0.0  # answers of 500 and more; seconds, the longest
        self._thread = threading.Thread(target=self._read, daemon=True)

    def _read(self) -> None:
        last = time.monotonic()
        web = self._world.names[0]
        while not self._done.wait(LOOK):
            status = self._world.fleet.processes[web].get(PAGE)
            if status is not None:
                self.errors += status >= 500
                last = time.monotonic()
            self.silent = max(self.silent, time.monotonic() - last)

    def __enter__(self) -> "Reader":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


@contextmanager
def a_world(
    place: Path, urls: tuple[str, str], names: Sequence[str], size: "Size", luck: Random
) -> Iterator[World]:
    """Run a service on the database and the queue of *urls*."""
    with ExitStack() as stack:
        sink = BadSink(size.rate)
        stack.callback(sink.close)
        endpoint = Endpoint()
        stack.callback(endpoint.close)
        fleet = Fleet(place, *urls, sink.port)
        stack.callback(fleet.close)
        world = World(fleet, names, sink, endpoint, size.people, luck, place)
        world.shift_clock(0)
        fleet.environment |= {
            "TOCSIN_CHANNELS": "email,webhook,rss",
            "TOCSIN_LEASE_SECONDS": "20",  # longer than any server is away
            "TOCSIN_ALLOWED_NETWORKS": "127.0.0.0/8",
            "TOCSIN_ALLOWED_PORTS": str(endpoint.port),
            **(clock_of(place) if Path(FAKETIME).exists() else {}),
        }
        world.begin()
        world.hooks(size.hooks)
        yield world


def clock_of(place: Path) -> dict[str, str]:
    """The environment that lets a process's clock be shifted; its stopwatches run on."""
    return {
        "LD_PRELOAD": FAKETIME,
        "FAKETIME_TIMESTAMP_FILE": str(place / "shift"),
        "FAKETIME_CACHE_DURATION": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_RESET": "1",
    }


@dataclass(frozen=True, slots=True)
class Size:
    """How many people and endpoints a round tells, and how many mails a second are taken."""

    people: int
    hooks: int
    rate: float
