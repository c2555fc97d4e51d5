"""One connection to a server: bytes in, replies out."""

import asyncio
from collections import deque
from typing import Protocol, cast

from channels.base import Reason
from channels.email.wire import Garbled, ReplyReader


class Listener(Protocol):
    """Who is told what happens on an open line."""

    def on_reply(self, code: int, text: bytes) -> None: ...

    def on_lost(self, reason: Reason, detail: str) -> None: ...


class Unopened(Exception):
    """No usable connection; *code* and *detail* are the far side's words where it had some."""

    def __init__(self, reason: Reason, detail: str, code: str = "") -> None:
        super().__init__(detail)
        self.reason, self.detail, self.code = reason, detail, code


class Line(asyncio.Protocol):
    """Reads replies, for whoever asks while the session opens, for the listener afterwards."""

    def __init__(self) -> None:
        self._reader = ReplyReader()
        self._inbox: deque[tuple[int, bytes]] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._why: tuple[Reason, str] | None = None
        self.transport: asyncio.Transport | None = None
        self.listener: Listener | None = None
        self.ready = False  # it may carry mail
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            replies = self._reader.feed(data)
        except Garbled as error:
            self.abort(Reason.PROTOCOL, str(error))
            return
        for code, text in replies:
            if self.listener is not None:
                self.listener.on_reply(code, text)
            else:
                self._inbox.append((code, text))
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)
        if self._why is None:
            self._why = (Reason.INTERRUPTED, f"connection lost: {exc or 'closed by the server'}")
        if self.listener is not None:
            self.listener.on_lost(*self._why)
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def ask(self, command: str = "") -> tuple[int, bytes]:
        """Write *command*, if any, and return the next reply; raises `Unopened`."""
        if command:
            self.write(f"{command}\r\n".encode())
        while not self._inbox:
            if self._why is not None:
                reason, detail = self._why
                raise Unopened(
                    Reason.UNREACHABLE if reason is Reason.INTERRUPTED else reason, detail
                )
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._inbox.popleft()

    def unread(self) -> bool:
        """Tell whether something came that nobody asked for."""
        return bool(self._inbox) or self._reader.unread()

    def write(self, data: bytes) -> None:
        """Send *data*; nothing happens on a line that is gone."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def unwritten(self) -> int:
        """How many bytes have provably not left; 0 where that cannot be known."""
        if self.transport is None or self.transport.get_extra_info("ssl_object") is not None:
            return 0
        return self.transport.get_write_buffer_size()

    def abort(self, reason: Reason, detail: str) -> None:
        """End the line at once; what was not written never leaves."""
        if self._why is None:
            self._why = (reason, detail)
        if self.transport is not None:
            self.transport.abort()

    def quit(self) -> None:
        """End the line politely."""
        self.write(b"QUIT\r\n")
        if self.transport is not None:
            self.transport.close()
