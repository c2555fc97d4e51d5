"""An LMTP door on loopback, and somebody who knocks."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from channels import registry
from service.inbound import actors
from service.inbound.server import Inbound
from service.runtime import Runtime

HOST = "notify.example.org"


class Peer:
    """A mail server that speaks LMTP line by line, and reads every reply there is."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._lines = self._socket.makefile("rb")
        self.reply()

    def reply(self) -> str:
        lines = [self._lines.readline().decode()]
        while lines[-1][3:4] == "-":
            lines.append(self._lines.readline().decode())
        return "".join(lines).strip()

    def say(self, line: str) -> str:
        self._socket.sendall(line.encode() + b"\r\n")
        return self.reply()

    def send(self, mail_from: str, recipients: list[str], mail: bytes) -> list[str]:
        """Return the replies to each RCPT, then those after the final dot."""
        self.say("LHLO test")
        self.say(f"MAIL FROM:<{mail_from}>")
        said = [self.say(f"RCPT TO:<{each}>") for each in recipients]
        taken = [each for each in said if each.startswith("250")]
        if not taken:
            return said
        self.say("DATA")
        dotted = mail.replace(b"\r\n", b"\n").replace(b"\n.", b"\n..").replace(b"\n", b"\r\n")
        self._socket.sendall(dotted + (b".\r\n" if dotted.endswith(b"\n") else b"\r\n.\r\n"))
        return said + [self.reply() for _ in taken]

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


@pytest.fixture
def settings(settings):
    return settings.model_copy(
        update={"inbound_bind": "127.0.0.1:0", "inbound_trusted": ("mx.example.org",)}
    )


@pytest.fixture
def rt(rt, host) -> Iterator[Runtime]:
    """The same runtime with mail as well: to a relay that nobody will call."""
    names = ("webhook", "rss", "atom", "json", "calendar", "email")
    channels = registry.load(
        names, {"email": {"smtp_url": "smtp://127.0.0.1:1", "mail_host": HOST}}, host
    )
    yield replace(rt, channels=channels)
    channels.close()


@pytest.fixture
def door(rt) -> Iterator[Inbound]:
    door = Inbound(rt, "127.0.0.1", 0)
    door.start()
    yield door
    door.stop()


@pytest.fixture
def peer(door) -> Iterator[Peer]:
    peer = Peer(door.port)
    yield peer
    peer.close()


@pytest.fixture
def arrive(rt, queue, peer):
    """Let a mail come in and be understood; return what was answered."""

    def arrive(recipient: str, mail: bytes, mail_from: str = "ann@example.com"):
        said = peer.send(mail_from, [recipient], mail)
        for job in [each for each in queue.jobs if each.actor == "take_in"]:
            queue.jobs.remove(job)
            actors.take_in(rt, job.subject)
        return said

    return arrive
