"""A server that answers as it is told to, and remembers what it took."""

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

HANG = "hang"
DROP = "drop"

USUAL = {
    "greeting": "220 peer.example ready",
    "mail": "250 2.1.0 ok",
    "rcpt": "250 2.1.5 ok",
    "data": "354 go ahead",
    "dot": "250 2.0.0 Ok: queued as 4XYZ",
    "rset": "250 2.0.0 ok",
    "starttls": "220 2.0.0 ready for TLS",
    "quit": "221 2.0.0 bye",
}

Answer = str | Callable[[str], str]


@dataclass
class Taken:
    """One message that the server took responsibility for."""

    sender: str
    recipient: str
    data: bytes


@dataclass
class Peer:
    """Listens on loopback, one thread a connection; *answers* by step of the dialogue.

    An answer is a reply, `HANG`, `DROP`, or a function from the command to one of these.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    offers: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SMTPUTF8", "AUTH PLAIN LOGIN")
    tls: ssl.SSLContext | None = None
    tls_at_once: bool = False
    taken: list[Taken] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    hasty: list[str] = field(default_factory=list)  # commands sent before they were asked for
    connections: int = 0
    most: int = 1000  # connections at once; more are turned away

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self._start(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        dialogue = Dialogue(self, connection)
        self._open.add(connection)
        if len(self._open) > self.most:
            connection.sendall(b"421 4.7.0 too many connections\r\n")
            self._open.discard(connection)
            connection.close()
            return
        try:
            dialogue.run()
        except (OSError, EOFError):
            pass
        finally:
            self._open.discard(dialogue.connection)
            dialogue.connection.close()

    def drop_all(self) -> None:
        """End every connection, and wait until it is so."""
        for connection in tuple(self._open):
            connection.shutdown(socket.SHUT_RDWR)
        self.wait_for_idle()

    def wait_for_idle(self) -> None:
        """Wait until every connection there was has ended."""
        for thread in self._threads[1:]:
            thread.join(10)

    def answer(self, step: str, command: str) -> str:
        """What to say to *command*."""
        answer = self.answers.get(step, USUAL.get(step, "502 5.5.2 what?"))
        return answer(command) if callable(answer) else answer

    def hang(self) -> None:
        """Say nothing until the test is over."""
        self._closing.wait(30)
        raise EOFError

    def swap(self, old: socket.socket, new: socket.socket) -> None:
        """Keep track of a connection that became TLS."""
        self._open.discard(old)
        self._open.add(new)


class Dialogue:
    """One connection."""

    def __init__(self, peer: Peer, connection: socket.socket) -> None:
        self.peer, self.connection = peer, connection
        self._unread = b""
        self._sender = self._recipient = ""

    def run(self) -> None:
        if self.peer.tls is not None and self.peer.tls_at_once:
            self._wrap()
        self._say("greeting", "")
        while True:
            command = self._line()
            self.peer.commands.append(command)
            self._on(command)

    def _on(self, command: str) -> None:
        verb = command.partition(" ")[0].lower()
        if verb == "ehlo":
            self._say_offers(command)
        elif verb == "auth":
            self._authenticate(command)
        elif verb == "quit":
            self._say("quit", command)
            raise EOFError
        elif verb == "starttls":
            self._say(verb, command)
            self._wrap()
        else:
            self._transact(verb, command)

    def _transact(self, verb: str, command: str) -> None:
        if verb == "data" and not self._recipient and "data" not in self.peer.answers:
            self._write("503 5.5.1 no valid recipients")
            return
        reply = self._say(verb, command)
        if verb == "mail":
            self._sender, self._recipient = _path(command) if reply.startswith("2") else "", ""
        elif verb == "rcpt" and reply.startswith("2"):
            self._recipient = _path(command)
        elif verb == "rset":
            self._sender = self._recipient = ""
        elif verb == "data" and reply.startswith("354"):
            self._take()

    def _take(self) -> None:
        if self.peer.answers.get("body") == HANG:  # reads nothing of it
            self.peer.hang()
        data = b""
        while not data.endswith(b"\r\n.\r\n") and data != b".\r\n":
            data += self._raw_line()
        body = re.sub(rb"(?m)^\.\.", b".", data.removesuffix(b".\r\n"))
        taken = Taken(self._sender, self._recipient, body)
        recipient, self._sender, self._recipient = self._recipient, "", ""
        if not recipient:
            self._write("554 5.5.1 no valid recipients")
        elif self._say("dot", recipient).startswith("2"):
            self.peer.taken.append(taken)

    def _authenticate(self, command: str) -> None:
        if command.upper() == "AUTH LOGIN":
            for prompt in ("334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"):
                self._write(prompt)
                self.peer.commands.append(self._line())
        self._say("auth", command)

    def _say_offers(self, command: str) -> None:
        if "ehlo" in self.peer.answers:
            self._say("ehlo", command)
            return
        offers = list(self.peer.offers)
        if self.peer.tls is not None and not isinstance(self.connection, ssl.SSLSocket):
            offers.append("STARTTLS")
        lines = ["peer.example", *offers]
        self._write("\r\n".join([f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]))

    def _say(self, step: str, command: str) -> str:
        reply = self.peer.answer(step, command)
        if self._unread and "PIPELINING" not in self.peer.offers:
            self.peer.hasty.append(command)
        if reply == HANG:
            self.peer.hang()
        if reply == DROP:
            raise EOFError
        self._write(reply)
        if reply.startswith("421"):
            raise EOFError
        return reply

    def _write(self, reply: str) -> None:
        self.connection.sendall(f"{reply}\r\n".encode())

    def _line(self) -> str:
        return self._raw_line().decode().rstrip("\r\n")

    def _raw_line(self) -> bytes:
        while b"\n" not in self._unread:
            more = self.connection.recv(65536)
            if not more:
                raise EOFError
            self._unread += more
        line, _, self._unread = self._unread.partition(b"\n")
        return line + b"\n"

    def _wrap(self) -> None:
        assert self.peer.tls is not None
        plain = self.connection
        self.connection = self.peer.tls.wrap_socket(plain, server_side=True)
        self.peer.swap(plain, self.connection)


def _path(command: str) -> str:
    return command.partition("<")[2].partition(">")[0]
