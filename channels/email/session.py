"""Transactions on an open line, one behind the other.

Where the server offers PIPELINING (RFC 2920) the next MAIL, RCPT and DATA travel in the same write
as the final dot of the message before: one round trip a message. Elsewhere the same steps wait
for each other.
"""

from collections.abc import Callable
from typing import Protocol

from channels.base import Reason, Result, Scope
from channels.email.line import Line
from channels.email.opening import Offers
from channels.email.replies import CLOSING, Phase
from channels.email.transaction import Batch, Transaction
from channels.email.wire import as_reply, positive, readable

GO_AHEAD = 354


class Desk(Protocol):
    """Where a session gets its work, and tells that it has none or ends."""

    def take(self) -> Transaction | None: ...

    def idle(self, session: "Session") -> None: ...

    def gone(self, session: "Session", unheard: list[Transaction]) -> None: ...


class Session:
    """Carries one transaction at a time, and the envelope of the next."""

    def __init__(self, line: Line, offers: Offers, desk: Desk) -> None:
        self._line, self._offers, self._desk = line, offers, desk
        self._now: Transaction | None = None  # being answered
        self._next: Transaction | None = None  # its envelope is written behind the dot of _now
        self._behind = 0  # bytes written after the last final dot
        self._step: Callable[[Transaction, int, bytes], None] = self._answered_mail
        self._over = False
        self.useful = False  # has had an answer about a message
        line.listener = self

    def begin(self, transaction: Transaction) -> None:
        """Start on *transaction*, on a session that is idle."""
        refusal = self._unfit(transaction)
        following = self._take() if refusal else transaction
        self._now, self._step = following, self._answered_mail
        if following is None:
            self._desk.idle(self)
        else:
            self._line.write(self._envelope(following))

    def on_reply(self, code: int, text: bytes) -> None:
        """Go one step further."""
        transaction = self._now
        if transaction is None:
            if not self._over:  # idle: the server takes its leave, as it may
                self._end(Reason.INTERRUPTED, readable(text))
        elif not self._over:
            self._step(transaction, code, text)
        if code == CLOSING and not self._over:
            self._end(Reason.INTERRUPTED, readable(text))

    def on_lost(self, reason: Reason, detail: str) -> None:
        """The connection is gone."""
        if not self._over:
            self._end(reason, detail)

    def expire(self, batch: Batch) -> None:
        """The time of *batch* is up."""
        if self._now is not None and self._now.batch is batch:
            if self._now.dotted and self._line.unwritten() > self._behind:
                self._now.dotted = False  # the dot is still here: it will never leave
            self._end(Reason.TIMEOUT, "no answer in time")
        elif self._next is not None and self._next.batch is batch:
            # Settled here; its step DATA finds it so and ends the line before any body.
            self._next.interrupted(Reason.TIMEOUT, "no answer in time")

    def quit(self) -> None:
        """Leave politely; only for a session that is idle."""
        self._over = True
        self._line.quit()

    def stop(self) -> None:
        """End now, whatever is under way."""
        if not self._over:
            self._end(Reason.INTERRUPTED, "the channel was closed")

    def _envelope(self, transaction: Transaction) -> bytes:
        if self._offers.pipelining:
            return transaction.mail + transaction.rcpt + b"DATA\r\n"
        return transaction.mail

    def _take(self) -> Transaction | None:
        transaction = self._desk.take()
        while transaction is not None and self._unfit(transaction):
            transaction = self._desk.take()
        return transaction

    def _unfit(self, transaction: Transaction) -> bool:
        if transaction.utf8 and not self._offers.utf8:
            detail = "the relay does not take addresses beyond ASCII"
            transaction.ended(Result.PERMANENT, Scope.ADDRESS, Reason.REFUSED, detail)
            return True
        if 0 < self._offers.size < len(transaction.data):
            detail = f"the relay takes no more than {self._offers.size} bytes"
            transaction.ended(Result.PERMANENT, Scope.MESSAGE, Reason.TOO_LARGE, detail)
            return True
        return False

    def _answered_mail(self, transaction: Transaction, code: int, text: bytes) -> None:
        transaction.heard = transaction.batch.heard = True
        self._answered(transaction, Phase.MAIL, code, text)
        if self._offers.pipelining:
            self._step = self._answered_rcpt
        elif transaction.refusal is None:
            self._step = self._answered_rcpt
            self._line.write(transaction.rcpt)
        else:
            self._give_up(transaction)

    def _answered_rcpt(self, transaction: Transaction, code: int, text: bytes) -> None:
        self._answered(transaction, Phase.RCPT, code, text)
        if self._offers.pipelining:
            self._step = self._answered_data
        elif transaction.refusal is None:
            self._step = self._answered_data
            self._line.write(b"DATA\r\n")
        else:
            self._give_up(transaction)

    def _answered(self, transaction: Transaction, phase: Phase, code: int, text: bytes) -> None:
        if not positive(code) and transaction.refusal is None:
            transaction.refusal = (phase, as_reply(code, text))

    def _answered_data(self, transaction: Transaction, code: int, text: bytes) -> None:
        if code != GO_AHEAD:
            # 2xx to DATA is no more of a go-ahead than 5xx.
            if transaction.refusal is None:
                transaction.refusal = (Phase.DATA, as_reply(code, text))
            self._give_up(transaction)
        elif transaction.refusal is None and not transaction.settled:
            self._write_body(transaction)
        elif transaction.refusal is not None and transaction.refusal[0] is Phase.RCPT:
            # RFC 2920 §3.1: no recipient is left, a lone dot brings us back in step.
            self._step = self._answered_lone_dot
            self._line.write(b".\r\n")
        else:  # a dot might send an empty message to somebody
            self._end(Reason.PROTOCOL, "the server waits for a message it refused")

    def _write_body(self, transaction: Transaction) -> None:
        transaction.dotted = True
        self._step = self._answered_dot
        self._next = self._take() if self._offers.pipelining else None
        following = self._envelope(self._next) if self._next is not None else b""
        self._behind = len(following)
        self._line.write(transaction.data + following)

    def _answered_dot(self, transaction: Transaction, code: int, text: bytes) -> None:
        self.useful = True
        if positive(code):
            transaction.accepted(code, readable(text))
        else:
            transaction.refused(Phase.BODY, as_reply(code, text))
        self._now, self._next = self._next, None
        self._step = self._answered_mail
        if self._now is None:
            self._go_on()

    def _answered_lone_dot(self, transaction: Transaction, _code: int, _text: bytes) -> None:
        self._give_up(transaction)

    def _give_up(self, transaction: Transaction) -> None:
        self.useful = True
        if transaction.refusal is not None:
            transaction.refused(*transaction.refusal)
        self._step = self._answered_reset
        self._line.write(b"RSET\r\n")

    def _answered_reset(self, _transaction: Transaction, code: int, text: bytes) -> None:
        self._now = None
        if positive(code):
            self._go_on()
        else:
            self._end(Reason.PROTOCOL, readable(text))

    def _go_on(self) -> None:
        following = self._take()
        if following is None:
            self._desk.idle(self)
        else:
            self._now, self._step = following, self._answered_mail
            self._line.write(self._envelope(following))

    def _end(self, reason: Reason, detail: str) -> None:
        self._over = True
        self._line.abort(reason, detail)
        ongoing = [t for t in (self._now, self._next) if t is not None and not t.settled]
        self._now = self._next = None
        unheard = []
        for transaction in ongoing:
            if transaction.heard or transaction.dotted or transaction.handed_back:
                transaction.interrupted(reason, detail)
            else:
                unheard.append(transaction)
        self._desk.gone(self, unheard)
