"""Far sides of bad will: a mail server and a webhook endpoint that misbehave when they are told to.

Both count what they took by the id of the message, and how often they left a sender in doubt: only
then may anything come twice.
"""

import json
import socket
import struct
import threading
import time
from collections import Counter
from contextlib import suppress
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.e2e.sink import Phase, Sink

HANG = 12.0  # seconds without a word: longer than a batch may take
IN_FLIGHT = 2  # messages of one connection whose answer may be lost when it breaks
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close sends RST


class Deed(StrEnum):
    """What a far side may do instead of its work."""

    REFUSE = "refuses"
    DEFER = "defers"
    HANG = "hangs"
    DISCONNECT = "hangs up"


_SAID = {Deed.REFUSE: b"554 5.3.0 no\r\n", Deed.DEFER: b"451 4.3.0 later\r\n"}


class BadSink(Sink):
    """Takes mail like `Sink`; while it has a deed to do, does that at its phase."""

    def __init__(self, rate: float) -> None:
        super().__init__(rate)
        self.deed: tuple[Phase, Deed] | None = None
        self.doubts = self.done = 0

    def do(self, phase: Phase, deed: Deed) -> None:
        """From now on do *deed* at *phase*."""
        self.deed = phase, deed

    def pass_by(self, phase: Phase) -> None:
        """Hang or hang up where that is the deed."""
        super().pass_by(phase)
        if self.deed is None or self.deed[0] is not phase or self.deed[1] in _SAID:
            return
        deed = self.deed[1]
        with self._guard:
            self.done += 1
            self.doubts += IN_FLIGHT
        if deed is Deed.HANG:
            time.sleep(HANG)
        raise ConnectionAbortedError(deed)

    def answer(self, phase: Phase | None, usual: bytes) -> bytes:
        """Refuse or defer where that is the deed."""
        said = super().answer(phase, usual)
        if self.deed and self.deed[0] is phase and self.deed[1] in _SAID:
            with self._guard:
                self.done += 1
            return _SAID[self.deed[1]]
        return said

    def decide(self, recipient: str, message: bytes) -> bytes:
        """Take a message unless the deed is to say no to it."""
        if self.deed and self.deed[0] is Phase.DOT and self.deed[1] in _SAID:
            return self.answer(Phase.DOT, b"")
        return super().decide(recipient, message)


class Habit(StrEnum):
    """What an endpoint may do with a request it has read."""

    TAKE = "takes"
    FAIL = "answers 500"
    HANG = "hangs"
    DRIP = "drips"
    RESET = "resets"


class Endpoint(ThreadingHTTPServer):
    """Counts webhooks by their id; any path is another subscriber's."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.habit = Habit.TAKE
        self.taken = Counter[str]()
        self.doubts = 0
        self.guard = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens, on loopback."""
        port: int = self.server_address[1]
        return port

    @property
    def doubles(self) -> int:
        """How many came that had come before."""
        with self.guard:
            return self.taken.total() - len(self.taken)

    def close(self) -> None:
        """Listen no more."""
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Post(BaseHTTPRequestHandler):
    server: Endpoint
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        with suppress(OSError):  # the sender was killed
            super().handle()

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        habit = self.server.habit
        with self.server.guard:
            if told["type"].startswith("incident."):  # no news of states: those are no deliveries
                self.server.taken[self.headers["webhook-id"]] += 1
            self.server.doubts += habit is not Habit.TAKE
        with suppress(OSError):
            self._answer(habit)

    def _answer(self, habit: Habit) -> None:
        if habit is Habit.RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.close_connection = True
            self.connection.close()
        elif habit is Habit.HANG:
            time.sleep(HANG)
            self.close_connection = True
        elif habit is Habit.DRIP:
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100:
                self.wfile.write(bytes((byte,)))
                time.sleep(HANG / 20)
            self.close_connection = True
        else:
            self.send_response(500 if habit is Habit.FAIL else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: the counts tell."""
