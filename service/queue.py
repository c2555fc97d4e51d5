"""Hands jobs to the workers. The database stays the truth: a lost job is found again."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from threading import Event
from typing import Any, NamedTuple, Protocol, cast, runtime_checkable
from urllib.parse import urlsplit

import redis
import structlog
from dramatiq import Broker, Consumer, MessageProxy, Middleware
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import BrokerConnectionError, DramatiqError
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 2.0  # a queue that is away must not make a request wait
ANSWER_SECONDS = 5.0  # Dramatiq never blocks in Redis
#: What of a request travels with its jobs: for logs and traces alone.
TRAVELS = ("request_id", "traceparent")
AWAY_SECONDS = 1.0  # between two looks at a queue that is away


class Actor(StrEnum):
    """The actors there are, by the name that travels on the wire."""

    PLAN = "plan"  # a rollout: turn its audience into deliveries
    DRAIN = "drain"  # a channel: send the slices that are ready
    DISPATCH = "dispatch"  # a channel: send the single messages that are due
    NOTIFY = "notify"  # a channel: send what waits for endpoints besides deliveries
    DIGEST = "digest"  # all digests that are due
    SIGN_UP = "sign_up"  # a sign-up request: decide what to mail
    TAKE_IN = "take_in"  # a mail that came in: understand it


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


@runtime_checkable
class Reachable(Protocol):
    """A queue that may be away."""

    def ping(self) -> None:
        """Return if it answers; raises `QueueDown`."""
        ...


class DramatiqQueue:
    """Puts jobs on a dramatiq broker."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def put(self, jobs: Iterable[Job]) -> None:
        try:
            asked = _travelling(structlog.contextvars.get_contextvars())
            for job in jobs:
                self._broker.get_actor(job.actor).send_with_options(args=(job.subject,), **asked)
        except (redis.RedisError, DramatiqError) as error:  # dramatiq lets Redis's through
            raise QueueDown(str(error)) from error

    def ping(self) -> None:
        if isinstance(self._broker, SharedBroker):
            try:
                self._broker.client.ping()
            except redis.RedisError as error:
                raise QueueDown(str(error)) from error


class MemoryBroker(StubBroker):
    """Dramatiq's in-process broker, made fit to run for months."""

    def __init__(self) -> None:
        super().__init__()
        # The stub keeps every dead letter for tests to look at; we keep a few.
        last = defaultdict[str, deque[MessageProxy]](lambda: deque(maxlen=100))
        self.dead_letters_by_queue = cast("defaultdict[str, list[MessageProxy]]", last)


class SharedBroker(RedisBroker):
    """Dramatiq's Redis broker for a Redis that comes and goes."""

    def __init__(self, url: str) -> None:
        client = redis.Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 1),  # a connection left over from before a restart
        )
        super().__init__(client=client)  # type: ignore[no-untyped-call]
        self._is_away = Event()

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        return _Patient(super().consume(queue_name, prefetch, timeout), self._is_away)


class _Patient(Consumer):
    """Waits while Redis is away. Dramatiq's own keeps worker threads busy with acknowledging."""

    def __init__(self, inner: Consumer, is_away: Event) -> None:
        self._inner, self._is_away = inner, is_away

    def __next__(self) -> MessageProxy | None:
        try:
            message: MessageProxy | None = next(self._inner)
        except _AWAY as error:
            self._note(error)
            time.sleep(AWAY_SECONDS)  # noqa: TID251 - as Dramatiq's own consumer does
            return None
        if self._is_away.is_set():
            self._is_away.clear()
            log.info("queue_back")
        return message

    def ack(self, message: MessageProxy) -> None:
        self._try(lambda: self._inner.ack(message))

    def nack(self, message: MessageProxy) -> None:
        self._try(lambda: self._inner.nack(message))

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        self._try(lambda: self._inner.requeue(messages))

    def close(self) -> None:
        self._try(self._inner.close)

    def _try(self, act: Callable[[], object]) -> None:
        # What Redis does not learn, it hands out again: a job done twice is harmless.
        try:
            act()
        except _AWAY as error:
            self._note(error)

    def _note(self, error: Exception) -> None:
        if not self._is_away.is_set():
            self._is_away.set()
            log.warning("queue_away", why=str(error))


_AWAY = (redis.RedisError, BrokerConnectionError)

BROKERS: dict[str, Callable[[str], Broker]] = {
    "memory": lambda _: MemoryBroker(),
    "redis": SharedBroker,
    "rediss": SharedBroker,
    "unix": SharedBroker,
}


class _Asked(Middleware):
    """Lets what a job logs name the request that asked for it."""

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Bind what travels for the thread that runs the job."""
        del broker
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(**_travelling(message.options))


def _travelling(known: Mapping[str, Any]) -> dict[str, Any]:
    return {name: known[name] for name in TRAVELS if known.get(name)}


def open_broker(url: str) -> Broker:
    """Return the broker that *url* names; the scheme is the only mode switch."""
    scheme = urlsplit(url).scheme
    if scheme not in BROKERS:
        raise ValueError(f"queue_url: no broker for {scheme!r} (there are {', '.join(BROKERS)})")
    broker = BROKERS[scheme](url)
    broker.add_middleware(_Asked())
    return broker
