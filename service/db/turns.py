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
        self._holder: int | None = None  # the thread whose turn it is
        self._waiting: deque[tuple[int, threading.Event]] = deque()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the lock for the length of the block."""
        self._take()
        try:
            yield
        finally:
            self._pass_on()

    def _take(self) -> None:
        me = threading.get_ident()
        with self._guard:
            if self._holder == me:
                raise RuntimeError("a unit of work inside another would wait for itself")
            if self._holder is None:
                self._holder = me
                return
            called = threading.Event()
            self._waiting.append((me, called))
        called.wait()

    def _pass_on(self) -> None:
        with self._guard:
            self._holder, called = self._waiting.popleft() if self._waiting else (None, None)
        if called:
            called.set()


class NoTurns:
    """For databases that order their writers themselves."""

    def turn(self) -> AbstractContextManager[None]:
        """Let anyone through."""
        return nullcontext()


Turns = FairLock | NoTurns
