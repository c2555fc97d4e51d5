"""The connections to one relay, and the transactions that wait for one."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence

from channels.base import Reason, Result, Scope
from channels.email.line import Line, Unopened
from channels.email.opening import Offers, open_line
from channels.email.relay import Relay
from channels.email.session import Session
from channels.email.transaction import Batch, Transaction

IDLE = 30.0  # seconds a connection is kept without work
COOL_DOWN = 1.0  # seconds without new connections after one was refused beside working ones
GOODBYE = 1.0  # seconds given to connections to close


class Pool:
    """Hands transactions to sessions and opens as many as are worth it. Lives on the loop."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, relay: Relay, name: str, connections: int
    ) -> None:
        self._loop, self._relay, self._name, self._limit = loop, relay, name, connections
        self._pending: deque[Transaction] = deque()
        self._sessions: dict[Session, Line] = {}
        self._idle: dict[Session, asyncio.TimerHandle] = {}  # in the order they became so
        self._opening: set[asyncio.Task[None]] = set()
        self._not_before = 0.0  # on the loop's clock: when to try another connection
        self._strikes = 0  # sessions in a row that ended without an answer about a message

    def submit(self, batch: Batch, transactions: Sequence[Transaction]) -> None:
        """Take on *transactions* of *batch*."""
        if batch.timer is None:
            delay = max(0.0, batch.deadline - time.monotonic())
            batch.timer = self._loop.call_later(delay, self.expire, batch)
        self._pending.extend(t for t in transactions if not t.settled)
        if batch.deadline <= time.monotonic():
            self.expire(batch)
        self._assign()

    def take(self) -> Transaction | None:
        """Return the next transaction, which the caller begins."""
        return self._pending.popleft() if self._pending else None

    def idle(self, session: Session) -> None:
        """Keep *session* for later work."""
        self._idle[session] = self._loop.call_later(IDLE, self._retire, session)

    def gone(self, session: Session, unheard: list[Transaction]) -> None:
        """Forget *session*; what it had begun unheard goes to another one, once."""
        self._sessions.pop(session, None)
        timer = self._idle.pop(session, None)
        if timer is not None:
            timer.cancel()
        for transaction in reversed(unheard):
            transaction.handed_back = True
            self._pending.appendleft(transaction)
        self._strikes = 0 if session.useful or timer is not None else self._strikes + 1
        if self._strikes > self._limit:
            self._strikes = 0
            self._fail_pending(Reason.UNREACHABLE, "the relay drops every connection")
        # Later: a session may be ending in the middle of a loop over sessions.
        self._loop.call_soon(self._assign)

    def expire(self, batch: Batch) -> None:
        """Tell what is not known of *batch*: its time is up."""
        for session in tuple(self._sessions):
            session.expire(batch)
        scope = Scope.ADDRESS if batch.heard else Scope.INSTANCE
        for transaction in tuple(batch.open):
            if transaction.handed_back:  # by a session that has just ended
                transaction.interrupted(Reason.TIMEOUT, "no answer in time")
            else:
                transaction.ended(Result.NOT_TRIED, scope, Reason.TIMEOUT, "not begun in time")
        self._pending = deque(t for t in self._pending if not t.settled)
        if not self._pending:  # a connection that hangs must not be waited for by later mail
            for task in self._opening:
                task.cancel()

    async def close(self) -> None:
        """End every connection; what was not begun is NOT_TRIED."""
        self._limit = 0
        self._fail_pending(Reason.INTERRUPTED, "the channel was closed")
        lines = list(self._sessions.values())
        for session in tuple(self._sessions):
            if session in self._idle:
                self._retire(session)
            else:
                session.stop()
        self._fail_pending(Reason.INTERRUPTED, "the channel was closed")
        opening = tuple(self._opening)
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)
        if lines:
            await asyncio.wait([line.closed for line in lines], timeout=GOODBYE)
        for line in lines:
            line.abort(Reason.INTERRUPTED, "the channel was closed")

    def _retire(self, session: Session) -> None:
        self._sessions.pop(session, None)
        timer = self._idle.pop(session, None)
        if timer is not None:
            timer.cancel()
        session.quit()

    def _assign(self) -> None:
        while self._idle and self._pending:
            session, timer = self._idle.popitem()  # the latest: it is surely alive
            timer.cancel()
            session.begin(self._pending.popleft())
        if self._sessions and self._loop.time() < self._not_before:
            return
        room = self._limit - len(self._sessions) - len(self._opening)
        for _ in range(min(room, len(self._pending) - len(self._opening))):
            task = self._loop.create_task(self._open())
            self._opening.add(task)

    async def _open(self) -> None:
        try:
            line, offers = await self._opened()
        except Unopened as error:
            self._not_opened(error)
            return
        session = Session(line, offers, self)
        self._sessions[session] = line
        self.idle(session)
        self._assign()

    async def _opened(self) -> tuple[Line, Offers]:
        try:
            return await open_line(self._relay, self._name)
        except asyncio.CancelledError:
            self._loop.call_soon(self._assign)  # its place is free for mail that came since
            raise
        finally:
            task = asyncio.current_task()
            if task is not None:
                self._opening.discard(task)

    def _not_opened(self, error: Unopened) -> None:
        self._not_before = self._loop.time() + COOL_DOWN
        if not self._sessions and not self._opening:
            self._fail_pending(error.reason, error.detail, error.code)

    def _fail_pending(self, reason: Reason, detail: str, code: str = "") -> None:
        pending, self._pending = self._pending, deque()
        for transaction in pending:
            transaction.ended(Result.NOT_TRIED, Scope.INSTANCE, reason, detail, code)
