"""A town in one process that is sent every kind of mail: real mails, to a server on loopback."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import worker
from service.publications.freezing import thaw
from service.publications.models import Publication
from service.queue import Actor
from service.runtime import Runtime
from tests.e2e.sink import Sink
from tests.fakes import Clock, Queue

HOST = "notify.example.org"
ADA, OWNER = "ada@example.org", "owner@example.org"
_FOLD = re.compile(r"\r?\n[ \t](?=\S)")  # within a line of a calendar
_ADDRESS = re.compile(rf"https://{re.escape(HOST)}(/[^\s\"'<>)\]]*)")


class Postbox(Sink):
    """A mail server that keeps what it takes."""

    def __init__(self) -> None:
        super().__init__(rate=1e9)
        self.letters: list[tuple[str, bytes]] = []

    def take(self, recipient: str, message: bytes) -> None:
        """Keep a message as well."""
        self.letters.append((recipient, message))
        super().take(recipient, message)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as it arrived, and the type of what it says."""

    to: str
    type: str
    mail: EmailMessage

    @property
    def texts(self) -> Iterator[str]:
        """Its headers that hold addresses, then each part."""
        for name in ("List-Unsubscribe", "List-Archive", "List-Help"):
            yield str(self.mail.get(name, ""))
        for part in self.mail.walk():
            if part.get_content_maintype() == "text":
                yield _FOLD.sub("", part.get_content())

    def links(self) -> set[str]:
        """Every address of ours in it, as a path."""
        found = (each for text in self.texts for each in _ADDRESS.findall(text))
        return {each.replace("&amp;", "&").partition("#")[0].rstrip(".,;") for each in found}


@dataclass
class World:
    """A runtime whose jobs run when a test says so, its application, and what came by mail."""

    rt: Runtime
    app: APIFlask
    clock: Clock
    queue: Queue
    postbox: Postbox
    jobs: Mapping[Actor, Callable[[str], None]]
    read: list[Letter] = field(default_factory=list)

    def tick(self) -> None:
        """Run every sweep and search once, then every job there is."""
        for call in (*worker.sweeps(self.rt), *worker.searches(self.rt)):
            call()
        while self.queue.jobs:
            job = self.queue.jobs.pop(0)
            self.jobs[job.actor](job.subject)

    def wait(self, by: timedelta, steps: int = 1) -> None:
        """Let time pass, in so many steps."""
        for _ in range(steps):
            self.clock.advance(by / steps)
            self.tick()

    def sleep(self) -> None:
        """Let time pass until nine the next morning, in Paris in winter."""
        self.clock.now = (self.clock.now + timedelta(days=1)).replace(hour=8, minute=0)
        self.tick()

    def visitor(self) -> FlaskClient:
        """A browser of somebody unknown."""
        client: FlaskClient = self.app.test_client()
        return client

    def letters(self) -> list[Letter]:
        """What came so far, oldest first."""
        fresh = self.postbox.letters[len(self.read) :]
        with self.rt.read() as session:
            self.read += [_letter(session, to, raw) for to, raw in fresh]
        return self.read

    def link(self, to: str, start: str) -> str:
        """The newest link in a mail to *to* that begins with *start*."""
        for letter in reversed(self.letters()):
            found = sorted(each for each in letter.links() if each.startswith(start))
            if letter.to == to and found:
                return found[0]
        raise AssertionError(f"no link to {start} came to {to}")


def posted(client: FlaskClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return what the API answers to *body*."""
    answer = client.post(f"/api/v1{path}", json=body)
    assert answer.status_code < 300, (path, body, answer.text)
    found: dict[str, Any] = answer.get_json() or {}
    return found


def _letter(session: Session, to: str, raw: bytes) -> Letter:
    mail = message_from_bytes(raw, policy=policy.default)
    number = re.search(r"<(?:\w\.)?([\w-]+)-\d+@", str(mail["Message-ID"]))
    assert number, mail["Message-ID"]
    told = session.query(Publication).filter_by(public_id=number[1]).one()
    return Letter(to, thaw(told.content).type, mail)
