"""Hands jobs to the workers. The database stays the truth: a lost job is found again."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple, Protocol, cast
from urllib.parse import urlsplit

import redis
from dramatiq import Broker, MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import DramatiqError


class Actor(StrEnum):
    """The actors there are, by the name that travels on the wire."""

    PLAN = "plan"  # a rollout: turn its audience into deliveries
    DRAIN = "drain"  # a channel: send the slices that are ready
    DISPATCH = "dispatch"  # a channel: send the single messages that are due
    SIGN_UP = "sign_up"  # a sign-up request: decide what to mail


class Job(NamedTuple):
    """A request to run *actor* on one row."""

    actor: Actor
    subject: str


class QueueDown(Exception):
    """The broker cannot be reached."""


class JobQueue(Protocol):
    """Where committed work announces the work that follows from it."""

    def put(self, jobs: Iterable[Job]) -> None:
        """Announce *jobs*; raises `QueueDown`."""
        ...


class DramatiqQueue:
    """Puts jobs on a dramatiq broker."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def put(self, jobs: Iterable[Job]) -> None:
        try:
            for job in jobs:
                self._broker.get_actor(job.actor).send(job.subject)
        except (redis.RedisError, DramatiqError) as error:  # dramatiq lets Redis's through
            raise QueueDown(str(error)) from error


class MemoryBroker(StubBroker):
    """Dramatiq's in-process broker, made fit to run for months."""

    def __init__(self) -> None:
        super().__init__()
        # The stub keeps every dead letter for tests to look at; we keep a few.
        last = defaultdict[str, deque[MessageProxy]](lambda: deque(maxlen=100))
        self.dead_letters_by_queue = cast("defaultdict[str, list[MessageProxy]]", last)


BROKERS: dict[str, Callable[[str], Broker]] = {
    "memory": lambda _: MemoryBroker(),
    "redis": lambda url: RedisBroker(url=url),
    "rediss": lambda url: RedisBroker(url=url),
    "unix": lambda url: RedisBroker(url=url),
}


def open_broker(url: str) -> Broker:
    """Return the broker that *url* names; the scheme is the only mode switch."""
    scheme = urlsplit(url).scheme
    if scheme not in BROKERS:
        raise ValueError(f"queue_url: no broker for {scheme!r} (there are {', '.join(BROKERS)})")
    return BROKERS[scheme](url)
