"""What one `send` asks of the relay, and the way its outcomes travel back."""

import time
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Iterator
from queue import Empty, SimpleQueue

from channels.base import Outcome, Parcel, Reason, Result, Scope
from channels.email.replies import Phase, Reply, classify

AT_ONCE = 64  # outcomes that are worth waking the caller for
LINGER = 0.005  # seconds an outcome may wait for company
GRACE = 2.0  # seconds after the deadline in which the loop must have spoken


class Transaction:
    """One message to one recipient, on its way."""

    __slots__ = ("batch", "data", "dotted", "envelope", "handed_back", "parcel", "refusal", "utf8")

    def __init__(
        self, batch: "Batch", parcel: Parcel, envelope: tuple[str, str], data: bytes
    ) -> None:
        self.batch, self.parcel, self.data = batch, parcel, data
        sender, recipient = envelope
        self.utf8 = not (sender.isascii() and recipient.isascii())
        extension = " BODY=8BITMIME SMTPUTF8" if self.utf8 else ""
        self.envelope = (
            f"MAIL FROM:<{sender}>{extension}\r\n".encode(),
            f"RCPT TO:<{recipient}>\r\n".encode(),
        )
        self.refusal: tuple[Phase, Reply] | None = None
        self.dotted = False  # everything was written: from here on silence means UNKNOWN
        self.handed_back = False

    def accepted(self, code: int, text: str) -> None:
        """The far side took responsibility."""
        reference = text.rpartition(" ")[2] if "queued as" in text else ""
        self.batch.settle(
            Outcome(
                self.parcel,
                Result.SENT,
                Scope.ADDRESS,
                Reason.ACCEPTED,
                str(code),
                text,
                None,
                reference,
            )
        )

    def refused(self, phase: Phase, reply: Reply) -> None:
        """The far side said no."""
        verdict = classify(reply, phase)
        self.batch.settle(
            Outcome(
                self.parcel,
                verdict.result,
                verdict.scope,
                verdict.reason,
                reply.shown,
                reply.text,
                verdict.retry_after,
            )
        )

    def ended(self, result: Result, scope: Scope, reason: Reason, detail: str) -> None:
        """It came to an end without a word about it."""
        self.batch.settle(Outcome(self.parcel, result, scope, reason, detail=detail))


class Batch:
    """The parcels of one `send`. All but `outcomes` belongs to the loop's thread."""

    def __init__(self, loop: AbstractEventLoop, deadline: float) -> None:
        self._loop = loop
        self._deadline = deadline
        self._known: list[Outcome] = []
        self._linger: TimerHandle | None = None
        self._ready: SimpleQueue[list[Outcome]] = SimpleQueue()
        self.open: dict[str, Transaction] = {}
        self.heard = False  # the relay has answered for at least one of them
        self.timer: TimerHandle | None = None

    def settle(self, outcome: Outcome) -> None:
        """Record what became of one parcel; a second word about it is not heard."""
        if self.open.pop(outcome.parcel.id, None) is None:
            return
        self._known.append(outcome)
        if not self.open or len(self._known) >= AT_ONCE:
            self._flush()
        elif self._linger is None:
            self._linger = self._loop.call_later(LINGER, self._flush)

    def _flush(self) -> None:
        if self._linger is not None:
            self._linger.cancel()
            self._linger = None
        if not self.open and self.timer is not None:
            self.timer.cancel()
        known, self._known = self._known, []
        self._ready.put(known)

    def outcomes(self, expected: int) -> Iterator[Outcome]:
        """Yield *expected* outcomes as they come; stops early if the loop is dead."""
        while expected > 0:
            try:
                known = self._ready.get(timeout=max(0, self._deadline - time.monotonic()) + GRACE)
            except Empty:
                return
            expected -= len(known)
            yield from known
