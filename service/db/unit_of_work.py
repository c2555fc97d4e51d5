"""One transaction, the instant it happens at, who acts, and the jobs it causes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from service.db.engine import Database
from service.queue import Actor, Job, JobQueue, QueueDown

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class UnitOfWork:
    """What an action needs to change the world, and nothing more."""

    session: Session
    now: datetime
    by: str  # who acts: `system`, `staff:3`, `key:7`, `subscriber:12`
    jobs: list[Job] = field(default_factory=list)

    def enqueue(self, actor: Actor, subject: object) -> None:
        """Ask for *actor* to run on *subject*, once this work is committed."""
        job = Job(actor, str(subject))
        if job not in self.jobs:
            self.jobs.append(job)


@contextmanager
def begin(
    database: Database, queue: JobQueue, clock: Callable[[], datetime], by: str
) -> Iterator[UnitOfWork]:
    """Commit on success, roll back on any exception, then announce the jobs."""
    with database.turns.turn(), database.writers.begin() as session:
        uow = UnitOfWork(session, clock(), by)
        yield uow
    announce(queue, uow.jobs)


def announce(queue: JobQueue, jobs: Sequence[Job]) -> None:
    """Tell *queue* of committed work; a failing one is logged: the ticker will find the work."""
    try:
        queue.put(jobs)
    except QueueDown as down:
        log.warning("queue_down", jobs=len(jobs), why=str(down))
