"""Turns at writing, first come first served."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext


class FairLock:
    """A lock that is handed to whoever has waited longest.

    SQLite has one writer at a time and lets those who wait poll: under load some starve until
    their busy timeout. A `threading.Lock` promises no order either.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the lock for the length of the block."""
        self._take()
        try:
            yield
        finally:
            self._pass_on()

    def _take(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            called = threading.Event()
            self._waiting.append(called)
        called.wait()

    def _pass_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


class NoTurns:
    """For databases that order their writers themselves."""

    def turn(self) -> AbstractContextManager[None]:
        """Let anyone through."""
        return nullcontext()


Turns = FairLock | NoTurns
