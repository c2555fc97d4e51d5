"""Everything an entry point needs of the outside world: units of work, reads, the clock."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event

from sqlalchemy.orm import Session

from channels.registry import Registry
from service.config import Settings
from service.db.engine import Database
from service.db.unit_of_work import UnitOfWork, begin
from service.queue import JobQueue
from service.tracing import NOBODY, Tracer


def utc_now() -> datetime:
    """The real clock. Tests pass another one."""
    return datetime.now(UTC)


def steady_seconds() -> float:
    """Seconds on a clock that nobody can set, and that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class FastClock:
    """A plan's clock: shows *start* when the real one shows *epoch*, and runs *speed* times faster.

    A pure function of the real clock, so that several processes agree. For the demo only: leases
    and network timeouts stay on real clocks.
    """

    start: datetime
    epoch: datetime
    speed: float

    def __call__(self) -> datetime:
        return self.start + (utc_now() - self.epoch) * self.speed


@dataclass(frozen=True, slots=True)
class Runtime:
    """The service's view of the outside world."""

    settings: Settings
    database: Database
    channels: Registry
    queue: JobQueue
    clock: Callable[[], datetime] = utc_now
    stopping: Event = field(default_factory=Event)  # set: finish what is in flight, begin no more
    tracer: Tracer = NOBODY

    def work(self, by: str = "system") -> AbstractContextManager[UnitOfWork]:
        """Open a unit of work, which may write."""
        return begin(self.database, self.queue, self.clock, by)

    def read(self) -> Session:
        """Open a session that the database keeps from writing: all a GET or HEAD ever gets."""
        return self.database.readers()
