"""Takes mail over SMTP on a port of this machine; a letter is on disk before it is accepted."""

import asyncio
import socket
import sqlite3
import threading
from pathlib import Path

import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session

from service.mailbox.conversation import LARGEST, Conversation
from service.mailbox.store import KEPT, Store, open_store

#: Domains whose mailboxes do not exist, and whose mailboxes are busy when first written to: so that
#: one can see what becomes of refusals.
REFUSED, BUSY = "refused.example", "deferred.example"


class Mailbox:
    """An SMTP server in a thread of its own; listens once it exists."""

    def __init__(self, folder: Path, kept: int = KEPT) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._loop = uvloop.new_event_loop()
        self._store = open_store(folder, kept)
        self._thread = threading.Thread(target=self._run, name="mailbox", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens, as `smtp_url` wants it."""
        host, port = self._socket.getsockname()
        return f"smtp://{host}:{port}"

    def close(self) -> None:
        """Stop listening; letters under way are not accepted."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        keeper = Keeper(self._store, self._loop)
        listening = self._loop.create_server(
            lambda: Conversation(
                keeper,
                hostname="mailbox",
                ident="Tocsin",
                data_size_limit=LARGEST,
                enable_SMTPUTF8=True,
                loop=self._loop,
            ),
            sock=self._socket,
        )
        server = self._loop.run_until_complete(listening)
        try:
            self._loop.run_forever()
        finally:
            server.close()
            self._loop.run_until_complete(_end_the_others())
            self._loop.close()
            self._store.close()


class Keeper:
    """Answers aiosmtpd; what comes in together is committed together."""

    def __init__(self, store: Store, loop: asyncio.AbstractEventLoop) -> None:
        self._store, self._loop = store, loop
        self._told_to_wait: set[str] = set()
        self._waiting: list[tuple[tuple[str, str, bytes], asyncio.Future[str]]] = []

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, _envelope: Envelope, name: str, lines: list[str]
    ) -> list[str]:
        """Offer PIPELINING: commands are read one by one from what has arrived."""
        session.host_name = name
        return [lines[0], "250-PIPELINING", *lines[1:]]

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, to: str, _options: list[str]
    ) -> str:
        """Refuse the sample domains, take everything else."""
        domain = to.rpartition("@")[2].lower()
        if domain == REFUSED:
            return "550 5.1.1 no such mailbox here"
        if domain == BUSY and to not in self._told_to_wait:
            self._told_to_wait.add(to)
            return "450 4.2.1 this mailbox is busy, come back later"
        envelope.rcpt_tos.append(to)
        return "250 2.1.5 it will be kept here"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Accept the letter once it is on disk."""
        raw = envelope.original_content or b""
        letter = (envelope.mail_from or "", " ".join(envelope.rcpt_tos), raw)
        answer: asyncio.Future[str] = self._loop.create_future()
        if not self._waiting:
            self._loop.call_soon(self._keep)
        self._waiting.append((letter, answer))
        return await answer

    def _keep(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            self._store.add(letter for letter, _ in waiting)
            said = "250 2.0.0 kept"
        except sqlite3.Error as error:  # the disk is full, for instance
            said = f"451 4.3.0 not kept: {error}"
        for _, answer in waiting:
            if not answer.done():
                answer.set_result(said)


async def _end_the_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
