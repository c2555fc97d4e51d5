"""A far side on loopback that behaves as its address says: for the conformance suite."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from socket import socket
from typing import Any, Protocol, TypeVar

from channels.guard import Guard

RETRY_AFTER = 7  # seconds, asked for by a peer that throttles
HANG = 30.0  # seconds: longer than any test


class Manner(StrEnum):
    """How a far side may behave."""

    OK = "ok"
    THROTTLE = "throttle"  # too much at once: come back in `RETRY_AFTER` seconds
    ERROR = "error"  # its own fault, for now
    GONE = "gone"  # this address will never work again
    HANG = "hang"  # takes the request and says nothing
    REFUSED = "refused"  # nobody listens on its port


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as the peer got it."""

    path: str
    headers: Mapping[str, str]  # lower-case names
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What the peer says."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


#: How most programs of the web say these things.
ANSWERS: Mapping[Manner, Answer] = {
    Manner.OK: Answer(200, b"ok"),
    Manner.THROTTLE: Answer(429, b"slow down", {"retry-after": str(RETRY_AFTER)}),
    Manner.ERROR: Answer(500, b"something broke"),
    Manner.GONE: Answer(410, b"gone"),
}


class Peer(ThreadingHTTPServer):
    """An HTTP server that knows from each request how to behave, and remembers them all."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, answers: Mapping[Manner, Answer] = ANSWERS) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.over = threading.Event()
        self._seen: list[Seen] = []
        self._lock = threading.Lock()
        self._closed = socket()
        self._closed.bind(("127.0.0.1", 0))  # and never listens: connections are refused

    @property
    def guard(self) -> Guard:
        """A guard that lets a channel reach this peer, and its refusing twin."""
        loopback = ip_network("127.0.0.0/8")
        return Guard((loopback,), (80, 443, self.server_port, self._closed_port))

    @property
    def seen(self) -> tuple[Seen, ...]:
        """The requests so far."""
        with self._lock:
            return tuple(self._seen)

    def base(self, manner: Manner) -> str:
        """Return where somebody who behaves in *manner* lives, without a path."""
        port = self._closed_port if manner is Manner.REFUSED else self.server_port
        return f"http://127.0.0.1:{port}"

    def manner_of(self, seen: Seen) -> Manner:
        """Return how to behave towards *seen*: a manner is named in its path, else in its body."""
        text = seen.path + seen.body.decode("utf-8", "replace")
        return next((each for each in Manner if f"manner-{each}" in text), Manner.OK)

    def answer(self, seen: Seen) -> Answer | None:
        """Return what to say to *seen*; None to say nothing."""
        manner = self.manner_of(seen)
        if manner is Manner.HANG:
            self.over.wait(HANG)
            return None
        return self.answers[manner]

    def note(self, seen: Seen) -> None:
        """Remember *seen*."""
        with self._lock:
            self._seen.append(seen)

    def server_close(self) -> None:
        super().server_close()
        self._closed.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nobody minds a client that hangs up."""

    @property
    def _closed_port(self) -> int:
        return int(self._closed.getsockname()[1])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = HANG
    server: Peer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.path, headers, body)
        self.server.note(seen)
        answer = self.server.answer(seen)
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in {"content-length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: Any) -> None:
        """A test's output is its own."""


class FarSide(Protocol):
    """A server that ends once it is *over*."""

    over: threading.Event

    def serve_forever(self, poll_interval: float) -> None: ...
    def shutdown(self) -> None: ...
    def server_close(self) -> None: ...


Side = TypeVar("Side", bound=FarSide)


@contextmanager
def serving(peer: Side) -> Iterator[Side]:
    """Run *peer* in a thread until the block ends."""
    thread = threading.Thread(target=peer.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield peer
    finally:
        peer.over.set()
        peer.shutdown()
        thread.join()
        peer.server_close()
