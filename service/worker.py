"""Runs what the nouns want done in the background: jobs as they are announced, sweeps at a pace."""

import importlib
import importlib.util
import threading
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType

import dramatiq
import structlog

from service.queue import Actor
from service.runtime import Runtime

log = structlog.get_logger(__name__)

#: The nouns that may have work to do in the background, from the ground up.
NOUNS = ("access", "deliveries", "rollouts", "moderation", "bounces", "events", "posts", "signup")
#: What takes a free thread first: one person waits for a single message, a rollout can.
PRIORITY = {Actor.DISPATCH: 0, Actor.SIGN_UP: 1, Actor.PLAN: 2, Actor.DRAIN: 3}
WAKE = 50  # milliseconds between two looks at an idle queue: 0.5 ms latency, 0.7 % of a core
PATIENCE = 20_000  # milliseconds that jobs in flight have to end


class Worker:
    """Runs jobs in threads of its own."""

    def __init__(self, broker: dramatiq.Broker, rt: Runtime) -> None:
        self._rt = rt
        self._inner = dramatiq.Worker(
            broker, worker_threads=rt.settings.worker_threads, worker_timeout=WAKE
        )

    def start(self) -> None:
        """Take jobs from now on."""
        self._inner.start()

    def stop(self) -> None:
        """Take no more jobs; return once those in flight have ended."""
        self._rt.stopping.set()
        self._inner.stop(timeout=PATIENCE)


class Ticker:
    """Runs every noun's sweeps each `poll_seconds`: what the queue lost is found again."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._sweeps = tuple(sweeps(rt))
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)

    def start(self) -> None:
        """Sweep at once, then at a pace."""
        self._thread.start()

    def stop(self) -> None:
        """Return once the sweep in flight has ended."""
        self._rt.stopping.set()
        self._thread.join(PATIENCE / 1000)

    def _run(self) -> None:
        while True:
            self.tick()
            if self._rt.stopping.wait(self._rt.settings.poll_seconds):
                return

    def tick(self) -> None:
        """Run every sweep once; one that fails does not stop the others."""
        for sweep in self._sweeps:
            if self._rt.stopping.is_set():
                return
            try:
                sweep()
            except Exception:  # the next poll tries again
                log.exception("sweep_failed", sweep=_name(sweep))


def declare(broker: dramatiq.Broker, rt: Runtime) -> None:
    """Let *broker* know every job there is; each actor has a queue of its own name."""
    for actor, run in jobs(rt).items():
        declared = dramatiq.actor(
            actor_name=actor,
            queue_name=actor,
            broker=broker,
            priority=PRIORITY[actor],
            max_retries=0,  # the database decides what is tried again, and when
            time_limit=float("inf"),  # a job must never be cut between sending and settling
        )
        declared(_silent(run))


def jobs(rt: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """What runs for each actor, over all nouns."""
    return {actor: run for each in _actors() for actor, run in each.jobs(rt).items()}


def sweeps(rt: Runtime) -> Iterator[Callable[[], object]]:
    """Every noun's sweeps, from the ground up."""
    for each in _actors():
        yield from each.sweeps(rt)


def _actors() -> Iterator[ModuleType]:
    for noun in NOUNS:
        name = f"service.{noun}.actors"
        if importlib.util.find_spec(f"service.{noun}") and importlib.util.find_spec(name):
            yield importlib.import_module(name)


def _silent(run: Callable[[str], object]) -> Callable[[str], None]:
    # Dramatiq warns of results that nobody asked for.
    def call(subject: str) -> None:
        run(subject)

    return call


def _name(sweep: Callable[[], object]) -> str:
    inner = getattr(sweep, "func", sweep)
    return f"{inner.__module__}.{inner.__qualname__}"
