"""The conformance suite of the e-mail channel, against a mail server on loopback."""

import re
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from email import message_from_bytes
from socket import socket
from typing import Any, ClassVar

import pytest

from channels.base import PushChannel, Reason, Result, Scope
from channels.conformance import EXPECTED, Manner, PushConformance, Seen, Verdict, verdict
from channels.email.channel import EmailChannel
from channels.email.rendition import Rendition
from channels.guard import Guard
from channels.peer import serving

RECIPIENT = re.compile(rb"RCPT TO:<manner-([a-z]+)@", re.IGNORECASE)
REFUSALS = {
    Manner.THROTTLE: b"450 4.7.1 slow down, try again in 7 s",
    Manner.ERROR: b"451 4.3.0 something broke",
    Manner.GONE: b"550 5.1.1 no such user",
}


class MailPeer(socketserver.ThreadingTCPServer):
    """A mail server that behaves as the left side of a recipient says."""

    daemon_threads = True
    allow_reuse_address = True
    guard = Guard()
    answers: Mapping[Manner, object] = REFUSALS

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.over = threading.Event()
        self.received: list[Seen] = []
        self._closed = socket()
        self._closed.bind(("127.0.0.1", 0))

    @property
    def seen(self) -> tuple[Seen, ...]:
        """The messages taken, or refused after their recipient."""
        return tuple(self.received)

    def base(self, manner: Manner) -> str:
        """Return the relay's address."""
        server = self._closed.getsockname() if manner is Manner.REFUSED else self.server_address
        return f"smtp://127.0.0.1:{server[1]}"

    def server_close(self) -> None:
        super().server_close()
        self._closed.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nobody minds a client that hangs up."""


class _Session(socketserver.StreamRequestHandler):
    server: MailPeer

    def handle(self) -> None:
        self._say(b"220 peer.example.org ESMTP")
        manner = Manner.OK
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                self.wfile.write(b"250-peer.example.org\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
            elif verb == b"RCPT":
                found = RECIPIENT.match(line)
                manner = Manner(found[1].decode()) if found else Manner.OK
                self._say(REFUSALS.get(manner, b"250 2.1.5 ok"))
                if manner in REFUSALS:
                    self.server.received.append(Seen(line.decode(), {}, b""))
            elif verb == b"DATA":
                self._take(line, manner)
            elif verb == b"QUIT":
                return self._say(b"221 2.0.0 bye")
            else:
                self._say(b"250 2.0.0 ok")
        return None

    def _take(self, line: bytes, manner: Manner) -> None:
        if manner in REFUSALS:
            return self._say(b"503 5.5.1 no valid recipients")
        self._say(b"354 go ahead")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        body = b"".join(lines)
        self.server.received.append(Seen("", dict(message_from_bytes(body).items()), body))
        if manner is Manner.HANG:
            self.server.over.wait(30)
            return None
        return self._say(b"250 2.0.0 ok: queued as 4711")

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


class TestEmail(PushConformance):
    """Relays that speak SMTP."""

    kind = EmailChannel
    refused_addresses = ("", " ", "nobody", "a@b@c", "a b@example.org", "a@example.org\r\nDATA")
    largest = 10_000_000  # what most servers take
    expected: ClassVar[Mapping[Manner, Verdict]] = {
        **EXPECTED,
        Manner.THROTTLE: verdict(Result.TRANSIENT, reasons=[Reason.THROTTLED, Reason.POLICY]),
        Manner.GONE: verdict(Result.PERMANENT, reasons=[Reason.UNKNOWN_RECIPIENT]),
        Manner.REFUSED: verdict(Result.NOT_TRIED, scopes=[Scope.INSTANCE]),
    }

    def settings(self, base: str) -> Mapping[str, Any]:
        return {"smtp_url": base, "mail_host": "notify.example.org"}

    def address(self, base: str, manner: Manner) -> str:
        return f"manner-{manner}@example.org"

    def identity(self, seen: Seen) -> object:
        return seen.headers.get("Message-ID", seen.path)

    def size(self, rendition: Rendition) -> int:
        parts = (rendition.head, rendition.text, rendition.html, rendition.tail)
        return sum(map(len, parts))

    @pytest.fixture
    def peer(self) -> Iterator[MailPeer]:
        """A mail server instead of a web server."""
        with serving(MailPeer()) as peer:
            yield peer

    def test_all_traffic_passes_the_guard(  # type: ignore[override]
        self, built: Callable[..., PushChannel], peer: MailPeer
    ) -> None:
        """The operator names the relay, and nobody else a host: without it nothing leaves."""
        channel = built(Manner.REFUSED)
        parcel = self._parcel(channel, peer, Manner.OK)  # type: ignore[arg-type]
        (outcome,) = self._send(channel, [parcel])
        assert outcome.result is Result.NOT_TRIED
        assert peer.seen == ()
