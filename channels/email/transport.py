"""The thread on which all SMTP happens: started at the first message, never at import or fork."""

import threading
from collections.abc import Sequence

import uvloop

from channels.email.pool import Pool
from channels.email.relay import Relay
from channels.email.transaction import Batch, Transaction


class Transport:
    """A relay seen from other threads."""

    def __init__(self, relay: Relay, name: str, connections: int) -> None:
        self._relay, self._name, self._connections = relay, name, connections
        self._lock = threading.Lock()
        self._running: _Running | None = None

    def batch(self, deadline: float) -> Batch:
        """Open a batch whose outcomes are all known at *deadline*, on `time.monotonic`."""
        with self._lock:
            if self._running is None:
                self._running = _Running(self._relay, self._name, self._connections)
            return Batch(self._running.loop, deadline)

    def submit(self, batch: Batch, transactions: Sequence[Transaction]) -> None:
        """Send *transactions*; their outcomes come out of *batch*."""
        batch.open.update(transactions)
        # Under the lock: what is submitted before `close` is heard of by the pool it closes.
        with self._lock:
            if self._running is not None and self._running.loop is batch.loop:
                submit = self._running.pool.submit
                batch.loop.call_soon_threadsafe(submit, batch, transactions)
                return
        batch.turn_away(transactions)

    def abandon(self, batch: Batch) -> None:
        """Let go of what is still open in *batch*: nobody waits for it any more."""
        with self._lock:
            if self._running is not None and self._running.loop is batch.loop and batch.open:
                batch.loop.call_soon_threadsafe(self._running.pool.expire, batch)

    def close(self) -> None:
        """Close the connections and end the thread; a later message starts another."""
        with self._lock:
            running, self._running = self._running, None
        if running is not None:
            running.stop()


class _Running:
    """One event loop on its thread, with the pool that lives there."""

    def __init__(self, relay: Relay, name: str, connections: int) -> None:
        self.loop = uvloop.new_event_loop()
        self.pool = Pool(self.loop, relay, name, connections)
        self._thread = threading.Thread(target=self._run, name="smtp", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.loop.run_forever()
        finally:
            self.loop.close()

    def stop(self) -> None:
        """End what is under way and wait for the thread."""
        self.loop.call_soon_threadsafe(self._shut)
        self._thread.join()

    def _shut(self) -> None:
        closing = self.loop.create_task(self.pool.close())
        closing.add_done_callback(lambda _: self.loop.stop())
