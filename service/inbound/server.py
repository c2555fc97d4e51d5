"""Takes mail in by LMTP or SMTP: who is it for, is it stored, then 250."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

import structlog
import uvloop
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax
from sqlalchemy.exc import SQLAlchemyError

from service.errors import NotFound
from service.inbound.knocking import knock
from service.inbound.taking import take
from service.runtime import Runtime

log = structlog.get_logger(__name__)

MOST_RECIPIENTS = 100
AWAY = "451 4.3.0 not now: please try again later"


class OneReplyEach(LMTP):
    """LMTP as RFC 2033 §4.2 wants it: after the data one reply for each recipient taken.

    aiosmtpd writes one whatever happened: too much data, a line too long, or what we answer.
    """

    _has_asked_for_data = False
    _taken: Sequence[str] = ()

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Take the mail."""
        try:
            await super().smtp_DATA(arg)
        finally:
            self._has_asked_for_data = False

    async def push(self, status: str | bytes) -> None:
        """Write a reply, once for each recipient where it is about what they were sent."""
        text = status if isinstance(status, str) else status.decode("utf-8", "replace")
        if self._has_asked_for_data and self.envelope is not None:
            text = "\r\n".join([text] * max(1, len(self._taken)))
        elif text.startswith("354"):
            self._has_asked_for_data = True
            self._taken = list(self.envelope.rcpt_tos) if self.envelope is not None else []
        await super().push(text)


SERVERS = {"lmtp": OneReplyEach, "smtp": SMTP}


class Inbound:
    """A mail server in a thread of its own; listens once it exists."""

    def __init__(self, rt: Runtime, host: str, port: int) -> None:
        self._rt = rt
        self._loop = uvloop.new_event_loop()
        self._server = self._loop.run_until_complete(self._listen(host, port))
        self._thread = threading.Thread(target=self._run, name="inbound", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.sockets[0].getsockname()[1])

    def start(self) -> None:
        """Take mail from now on."""
        self._thread.start()
        log.info("inbound", protocol=self._rt.settings.inbound_protocol, port=self.port)

    def stop(self) -> None:
        """Take no more; a mail that is not stored is not accepted."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._server.close()
        self._loop.run_until_complete(_end_the_others())
        self._loop.close()

    async def _listen(self, host: str, port: int) -> asyncio.Server:
        settings = self._rt.settings
        server = SERVERS[settings.inbound_protocol]
        made = partial(
            server,
            Doorkeeper(self._rt),
            hostname=settings.mail_host,
            ident="Tocsin",
            data_size_limit=settings.inbound_largest,
            enable_SMTPUTF8=True,
            loop=self._loop,
        )
        listening = await self._loop.create_server(made, host, port)
        return cast("asyncio.Server", listening)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()


class Doorkeeper:
    """Answers aiosmtpd; the database is asked in threads."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, to: str, _options: list[str]
    ) -> str:
        """Take only mail for somebody who exists."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients: send the rest in another transaction"
        said = await self._asked(partial(self._check, to))
        if said.startswith("250"):
            envelope.rcpt_tos.append(to)
        return said

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Answer once the mail is stored."""
        raw = envelope.original_content or b""
        stored = partial(
            self._store, (envelope.mail_from or "").strip("<>"), list(envelope.rcpt_tos), raw
        )
        return await self._asked(stored)

    async def _asked(self, ask: Callable[[], str]) -> str:
        return await asyncio.get_running_loop().run_in_executor(None, self._answer, ask)

    def _answer(self, ask: Callable[[], str]) -> str:
        try:
            return ask()
        except SQLAlchemyError as error:
            log.warning("inbound_waits", why=type(error).__name__)
            return AWAY

    def _check(self, to: str) -> str:
        with self._rt.read() as session:
            try:
                knock(session, to, self._rt.settings.mail_host)
            except NotFound:
                return "550 5.1.1 there is no such address"
        return "250 2.1.5 it will be taken"

    def _store(self, mail_from: str, recipients: list[str], raw: bytes) -> str:
        with self._rt.work("inbound") as uow:
            take(uow, self._rt.settings.mail_host, mail_from, recipients, raw)
        return "250 2.0.0 taken"


async def _end_the_others() -> None:
    others: Any = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
