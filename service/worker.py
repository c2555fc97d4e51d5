"""Runs what the nouns want done in the background: jobs as they are announced, sweeps at a pace."""

import importlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import ModuleType

import dramatiq
import structlog

from service.hands import Hands
from service.queue import Actor
from service.rounds import Rounds
from service.runtime import Runtime
from service.tracing import TRACEPARENT, Kind

#: The nouns that may have work to do in the background, from the ground up.
NOUNS = (
    "access", "deliveries", "rollouts", "launches", "moderation", "bounces", "events", "posts",
    "signup", "digests", "webhooks", "transfers", "inbound",
)  # fmt: skip
#: What takes a free thread first: one person waits for a single message, a rollout can.
PRIORITY = {
    Actor.DISPATCH: 0, Actor.NOTIFY: 1, Actor.SIGN_UP: 1, Actor.PLAN: 2, Actor.TAKE_IN: 2,
    Actor.DRAIN: 3, Actor.DIGEST: 3,
}  # fmt: skip
WAKE = 50  # milliseconds between two looks at an idle queue: 0.5 ms latency, 0.7 % of a core
PATIENCE = 20_000  # milliseconds that jobs in flight have to end


class Worker:
    """Does jobs as the queue announces them, and what it finds in the database by itself.

    So a queue that is away, or was emptied, costs a poll's time and nothing else.
    """

    def __init__(self, broker: dramatiq.Broker, rt: Runtime) -> None:
        self._rt = rt
        self._inner = dramatiq.Worker(
            broker, worker_threads=rt.settings.worker_threads, worker_timeout=WAKE
        )
        # Two lanes a channel, planning, sign-up, notices, digests: none waits for another.
        count = 2 * len(rt.channels.push_names()) + 4
        self._hands = Hands(lambda job: broker.get_actor(job.actor)(job.subject), count)
        self._lookout = Rounds(rt, "lookout", searches(replace(rt, queue=self._hands)))

    def start(self) -> None:
        """Take jobs from now on."""
        self._inner.start()
        self._hands.start()
        self._lookout.start()

    def stop(self) -> None:
        """Take no more jobs; return once those in flight have ended."""
        self._rt.stopping.set()
        self._inner.stop(timeout=PATIENCE)
        self._lookout.stop()
        self._hands.stop(PATIENCE / 1000)


class Ticker(Rounds):
    """Runs every noun's sweeps: what has become due, what was lost."""

    def __init__(self, rt: Runtime) -> None:
        super().__init__(rt, "ticker", sweeps(rt))


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
        declared(_named(rt, actor, run))


def jobs(rt: Runtime) -> Mapping[Actor, Callable[[str], None]]:
    """What runs for each actor, over all nouns."""
    return {actor: run for each in _actors() for actor, run in each.jobs(rt).items()}


def sweeps(rt: Runtime) -> Iterator[Callable[[], object]]:
    """Every noun's sweeps, from the ground up."""
    for each in _actors():
        yield from each.sweeps(rt)


def searches(rt: Runtime) -> Iterator[Callable[[], object]]:
    """What finds the work that waits in the database and announces it to the queue of *rt*."""
    for each in _actors():
        if hasattr(each, "searches"):
            yield from each.searches(rt)


def _actors() -> Iterator[ModuleType]:
    for noun in NOUNS:
        name = f"service.{noun}.actors"
        if importlib.util.find_spec(f"service.{noun}") and importlib.util.find_spec(name):
            yield importlib.import_module(name)


def _named(rt: Runtime, actor: Actor, run: Callable[[str], object]) -> Callable[[str], None]:
    # Every line that a job logs says which one it is. Dramatiq warns of results nobody asked for.
    def call(subject: str) -> None:
        facts = {"tocsin.job": actor.value, "tocsin.subject": subject}
        asked = structlog.contextvars.get_contextvars().get(TRACEPARENT, "")
        with (
            structlog.contextvars.bound_contextvars(job=actor.value, subject=subject),
            rt.tracer.span(f"job {actor}", Kind.CONSUMER, facts, asked),
        ):
            run(subject)

    return call
