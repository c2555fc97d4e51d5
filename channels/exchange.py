"""What goes out over HTTP and what comes of it, and whose turn it is."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from channels.base import Trace
from channels.guard import Target


class Kind(StrEnum):
    """What went wrong with a request that got no reply."""

    BLOCKED = "blocked"  # the guard does not go there
    REFUSED = "refused"
    TIMEOUT = "timeout"
    TLS = "tls"
    DNS = "dns"
    RESET = "reset"
    PROTOCOL = "protocol"  # what answers does not speak HTTP


class Phase(StrEnum):
    """How far a request got: what is proven unsent, what may have arrived."""

    NOT_BEGUN = "not_begun"  # the deadline came before its turn
    BEFORE_REQUEST = "before_request"  # not a byte of it has left
    AFTER_REQUEST = "after_request"


class Failure(Exception):
    """A request without a reply: yielded by `Door.post_many`, raised by `Door.post`."""

    def __init__(self, kind: Kind, detail: str, phase: Phase, trace: Trace | None = None) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind, self.detail, self.phase, self.trace = kind, detail, phase, trace


@dataclass(frozen=True, slots=True)
class Request:
    """One POST to make, a GET where there is no *body*; *tag* is the caller's own."""

    url: str
    body: bytes | None
    headers: Mapping[str, str]
    seconds: float = 10.0
    tag: Any = field(default=None, repr=False)
    most: int = 4 * 1024  # bytes of the reply's body that are kept


@dataclass(slots=True)  # not frozen: the protocol `HttpReply` declares plain attributes
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]  # lower-case names; the last of several wins
    body: bytes  # the first 4 KiB
    address: str  # the address that was connected to
    seconds: float
    trace: Trace | None = None


class Job(NamedTuple):
    """A request whose URL passed the guard's first look."""

    request: Request
    target: Target
    lines: list[str]  # its headers, as they are sent


class Turns:
    """Whose turn it is: hosts go round, each with at most *per_host* in flight."""

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        self._waiting: dict[str, deque[Job]] = {}
        self._room: dict[str, int] = {}
        self._ready = deque[str]()  # hosts that have both work and room, each once

    def add(self, job: Job) -> None:
        """Queue *job* behind the others of its host."""
        host = job.target.host
        if host not in self._waiting:
            self._waiting[host], self._room[host] = deque(), self._per_host
            self._ready.append(host)
        self._waiting[host].append(job)

    def take(self) -> Job | None:
        """Return the next job that may begin."""
        if not self._ready:
            return None
        host = self._ready.popleft()
        job = self._waiting[host].popleft()
        self._room[host] -= 1
        if self._waiting[host] and self._room[host]:
            self._ready.append(host)
        return job

    def end(self, job: Job) -> None:
        """Give back the room that *job* took."""
        host = job.target.host
        self._room[host] += 1
        if self._waiting[host] and self._room[host] == 1:
            self._ready.append(host)

    def rest(self) -> Iterator[Job]:
        """Empty the queues."""
        self._ready.clear()
        for waiting in self._waiting.values():
            while waiting:
                yield waiting.popleft()
