"""A queue without a broker: the jobs that a process finds, it does itself."""

import threading
import time
from collections.abc import Callable, Iterable
from queue import Queue

import structlog

from service.queue import Job

log = structlog.get_logger(__name__)


class Hands:
    """Does jobs in threads of this process; what is under way or waits its turn is done once."""

    def __init__(self, run: Callable[[Job], object], count: int) -> None:
        self._run = run
        self._waiting = Queue[Job | None]()
        self._known = set[Job]()
        self._guard = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, name=f"hand-{no}", daemon=True)
            for no in range(count)
        ]

    def start(self) -> None:
        """Do jobs from now on."""
        for thread in self._threads:
            thread.start()

    def put(self, jobs: Iterable[Job]) -> None:
        """Do *jobs*, each as soon as a thread is free."""
        with self._guard:
            fresh = [job for job in dict.fromkeys(jobs) if job not in self._known]
            self._known.update(fresh)
        for job in fresh:
            self._waiting.put(job)

    def stop(self, seconds: float) -> None:
        """Begin no more; return once those under way have ended, or after *seconds*."""
        while not self._waiting.empty():
            self._waiting.get()
        for _ in self._threads:
            self._waiting.put(None)
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None:
            try:
                self._run(job)
            except Exception:  # the work stays in the database, and will be found again
                log.exception("job_failed", actor=job.actor, subject=job.subject)
            finally:
                with self._guard:
                    self._known.discard(job)
