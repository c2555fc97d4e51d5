"""One message to one recipient on its way, and all those of one `send` together."""

import re
import time
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue

from channels.base import Outcome, Parcel, Reason, Result, Scope
from channels.email.replies import Phase, Reply, classify

AT_ONCE = 64  # outcomes that are worth waking the caller for
LINGER = 0.005  # seconds an outcome may wait for company
GRACE = 2.0  # seconds after the deadline in which the loop must have spoken

_REFERENCE = re.compile(r"(?:queued as|\bid=) ?([\w.@<>-]+)")


class Transaction:
    """What is written for one parcel, and how far it got. Belongs to the loop's thread."""

    __slots__ = (
        "batch",
        "data",
        "dotted",
        "handed_back",
        "heard",
        "mail",
        "parcel",
        "rcpt",
        "refusal",
        "utf8",
    )

    def __init__(
        self, batch: "Batch", parcel: Parcel, sender: str, recipient: str, message: bytes
    ) -> None:
        self.batch, self.parcel = batch, parcel
        self.utf8 = not recipient.isascii()
        extension = " BODY=8BITMIME SMTPUTF8" if self.utf8 else ""
        self.mail = f"MAIL FROM:<{sender}>{extension}\r\n".encode()
        self.rcpt = f"RCPT TO:<{recipient}>\r\n".encode()
        self.data = message + b".\r\n"  # no line of it starts with a dot: nothing to stuff
        self.refusal: tuple[Phase, Reply] | None = None
        self.heard = False  # the server has answered something about it
        self.dotted = False  # all was written: from here on silence means UNKNOWN
        self.handed_back = False  # an earlier connection ended before it was heard

    @property
    def settled(self) -> bool:
        """Whether its outcome is told already."""
        return self not in self.batch.open

    def accepted(self, code: int, text: str) -> None:
        """The far side took responsibility."""
        found = _REFERENCE.search(text)
        reference = found[1] if found else ""
        self.batch.settle(
            self,
            Outcome(
                parcel=self.parcel,
                result=Result.SENT,
                scope=Scope.ADDRESS,
                reason=Reason.ACCEPTED,
                code=str(code),
                detail=text,
                reference=reference,
            ),
        )

    def refused(self, phase: Phase, reply: Reply) -> None:
        """The far side said no."""
        verdict = classify(reply, phase)
        outcome = Outcome(
            parcel=self.parcel,
            result=verdict.result,
            scope=verdict.scope,
            reason=verdict.reason,
            code=reply.shown,
            detail=reply.text,
            retry_after=verdict.retry_after,
        )
        self.batch.settle(self, outcome)

    def ended(
        self, result: Result, scope: Scope, reason: Reason, detail: str, code: str = ""
    ) -> None:
        """It came to an end without a word about it."""
        self.batch.settle(self, Outcome(self.parcel, result, scope, reason, code, detail))

    def interrupted(self, reason: Reason, detail: str) -> None:
        """Its connection ended: before the final dot that proves it was not taken."""
        if self.refusal is not None:
            self.refused(*self.refusal)
        elif self.dotted:
            self.ended(Result.UNKNOWN, Scope.INSTANCE, reason, detail)
        elif reason is Reason.INTERRUPTED:  # which is said of complete messages only
            self.ended(Result.TRANSIENT, Scope.INSTANCE, Reason.UNREACHABLE, detail)
        else:
            self.ended(Result.TRANSIENT, Scope.INSTANCE, reason, detail)


class Batch:
    """The parcels of one `send`, and the way their outcomes travel back to its thread."""

    def __init__(self, loop: AbstractEventLoop, deadline: float) -> None:
        self.loop = loop
        self.deadline = deadline
        self._known: list[Outcome] = []
        self._linger: TimerHandle | None = None
        self._ready: SimpleQueue[list[Outcome]] = SimpleQueue()
        self.open: set[Transaction] = set()
        self.complete = False  # nothing will be added
        self.heard = False  # the relay has answered about one of them
        self.timer: TimerHandle | None = None

    def settle(self, transaction: Transaction, outcome: Outcome) -> None:
        """Keep the first outcome of *transaction*; a second word about it is not heard."""
        if transaction not in self.open:
            return
        self.open.discard(transaction)
        self._known.append(outcome)
        if not self.open or len(self._known) >= AT_ONCE:
            self._flush()
        elif self._linger is None:
            self._linger = self.loop.call_later(LINGER, self._flush)

    def _flush(self) -> None:
        if self._linger is not None:
            self._linger.cancel()
            self._linger = None
        if self.complete and not self.open and self.timer is not None:
            self.timer.cancel()
        known, self._known = self._known, []
        self._ready.put(known)

    def turn_away(self, transactions: Sequence[Transaction]) -> None:
        """Say that *transactions* never reached the loop, which has ended."""
        self.open.difference_update(transactions)
        closed = (Result.NOT_TRIED, Scope.INSTANCE, Reason.INTERRUPTED, "", "channel closed")
        self._ready.put([Outcome(t.parcel, *closed) for t in transactions])

    def outcomes(self, expected: int) -> Iterator[Outcome]:
        """Yield *expected* outcomes as they come, one for each transaction."""
        while expected > 0:
            try:
                patience = max(0.0, self.deadline - time.monotonic()) + GRACE
                known: Sequence[Outcome] = self._ready.get(timeout=patience)
            except Empty:
                known = [_silent(transaction) for transaction in tuple(self.open)]
                expected = len(known)
            expected -= len(known)
            yield from known


def _silent(transaction: Transaction) -> Outcome:
    # Only a dead loop comes here: what it did last cannot be known.
    return Outcome(
        transaction.parcel, Result.UNKNOWN, Scope.INSTANCE, Reason.TIMEOUT, detail="no answer"
    )
