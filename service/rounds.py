"""Runs callables again and again at the pace of the settings."""

import threading
from collections.abc import Callable, Iterable

import structlog

from service.runtime import Runtime

log = structlog.get_logger(__name__)

PATIENCE = 20.0  # seconds that the call in flight has to end


class Rounds:
    """Runs *calls*, one after the other, each `poll_seconds`."""

    def __init__(self, rt: Runtime, name: str, calls: Iterable[Callable[[], object]]) -> None:
        self._rt = rt
        self._calls = tuple(calls)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Make a round at once, then at a pace."""
        self._thread.start()

    def stop(self) -> None:
        """Return once the call in flight has ended."""
        self._rt.stopping.set()
        self._thread.join(PATIENCE)

    def tick(self) -> None:
        """Run every call once; one that fails does not stop the others."""
        for call in self._calls:
            if self._rt.stopping.is_set():
                return
            try:
                call()
            except Exception:  # the next round tries again
                log.exception("sweep_failed", sweep=_name(call))

    def _run(self) -> None:
        while True:
            self.tick()
            if self._rt.stopping.wait(self._rt.settings.poll_seconds):
                return


def _name(call: Callable[[], object]) -> str:
    inner = getattr(call, "func", call)
    return f"{inner.__module__}.{inner.__qualname__}"
