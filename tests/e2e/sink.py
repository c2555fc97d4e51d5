"""A mail server that takes everything at a pace and counts every message by its Message-ID.

It can call somebody at a chosen point of a conversation: that is when a test kills the sender.
"""

import re
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.MULTILINE | re.IGNORECASE)
_ANSWERS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}
_REFUSED = b"503 no recipient was taken\r\n"


class Phase(StrEnum):
    """Points of a conversation, in order."""

    CONNECTED = "connected"  # before the greeting
    EHLO = "EHLO"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"  # each before its answer
    BODY = "body"  # amid the message
    DOT = "final dot"  # taken, not yet answered
    ANSWERED = "answered"


_PHASES = {phase.value.encode(): phase for phase in Phase}


class Sink(socketserver.ThreadingTCPServer):
    """Takes *rate* messages a second over all connections.

    A message counts from its final dot on, whether or not the sender lives to read the answer:
    so it does for a real server.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, rate: float) -> None:
        super().__init__(("127.0.0.1", 0), Dialogue)
        self.taken = Counter[str]()
        self.recipients = Counter[str]()
        self.arrivals: list[float] = []  # on time.monotonic
        self._gap, self._next = 1 / rate, 0.0
        self._trap: tuple[Phase, Callable[[], object]] | None = None
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens, on loopback."""
        port: int = self.server_address[1]
        return port

    @property
    def count(self) -> int:
        """How many messages came, doubles included."""
        with self._guard:
            return self.taken.total()

    @property
    def doubles(self) -> int:
        """How many messages came that had come before."""
        with self._guard:
            return self.taken.total() - len(self.taken)

    def arm(self, phase: Phase, act: Callable[[], object]) -> None:
        """Call *act* once, when the next conversation is at *phase*."""
        with self._guard:
            self._trap = (phase, act)

    @property
    def armed(self) -> bool:
        """Nobody came by the point yet."""
        with self._guard:
            return self._trap is not None

    def pass_by(self, phase: Phase) -> None:
        """Tell whoever waits for it that a conversation is at *phase*."""
        with self._guard:
            if self._trap and self._trap[0] is phase:
                self._trap[1]()
                self._trap = None

    def answer(self, phase: Phase | None, usual: bytes) -> bytes:
        """What is said at *phase*; a far side of another mind says something else than *usual*."""
        if phase:
            self.pass_by(phase)
        return usual

    def take(self, recipient: str, message: bytes) -> None:
        """Count a message, then let time pass."""
        found = _MESSAGE_ID.search(message.partition(b"\r\n\r\n")[0])
        assert found, message
        with self._guard:
            self.taken[found[1].decode()] += 1
            self.recipients[recipient] += 1
            self.arrivals.append(time.monotonic())
            self._next = max(self._next + self._gap, time.monotonic())
            wait = self._next - time.monotonic()
        if wait > 0:
            time.sleep(wait)

    def decide(self, recipient: str, message: bytes) -> bytes:
        """Take a whole message, and say so."""
        self.take(recipient, message)
        return self.answer(Phase.DOT, b"250 taken\r\n")

    def close(self) -> None:
        """Listen no more."""
        self.shutdown()
        self.server_close()
        self._thread.join()


class Dialogue(socketserver.StreamRequestHandler):
    """One conversation."""

    server: Sink

    def handle(self) -> None:
        """Talk until somebody hangs up."""
        with suppress(OSError):  # the sender was killed
            self._talk()

    def _talk(self) -> None:
        recipient, sound = "", True  # sound: nothing of this message was refused
        self.wfile.write(self.server.answer(Phase.CONNECTED, b"220 sink ESMTP\r\n"))
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                recipient = line.decode().partition("<")[2].partition(">")[0]
            usual = _ANSWERS.get(verb, b"250 ok\r\n") if sound or verb != b"DATA" else _REFUSED
            said = self.server.answer(_PHASES.get(verb), usual)
            self.wfile.write(said)
            sound = said[:1] in b"23" and (sound or verb not in (b"RCPT", b"DATA"))
            if said.startswith(b"354"):
                self.wfile.write(self.server.decide(recipient, self._message()))
                self.server.pass_by(Phase.ANSWERED)

    def _message(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise ConnectionError
            if not lines:
                self.server.pass_by(Phase.BODY)
            lines.append(line)
        return b"".join(lines)
