"""Whether a process can do its work: what it depends on, and what is wrong with it."""

from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError

from service.db import migrate
from service.queue import QueueDown, Reachable
from service.runtime import Runtime

log = structlog.get_logger(__name__)

SILENT = "it does not answer"
NOT_CURRENT = "it is not in the shape that this version needs: run `tocsin db upgrade`"


@dataclass(frozen=True, slots=True)
class Health:
    """What keeps a process from its work, by part; channels that wait hold up nobody else."""

    reasons: dict[str, str] = field(default_factory=dict)
    unavailable: dict[str, str] = field(default_factory=dict)  # channels

    @property
    def is_ready(self) -> bool:
        """Whether nothing does."""
        return not self.reasons


def look(rt: Runtime) -> Health:
    """Ask the database and the queue; the details of a failure go to the log only."""
    found = {"database": _database(rt), "queue": _queue(rt)}
    reasons = {part: why for part, why in found.items() if why}
    return Health(reasons, dict(rt.channels.unavailable()))


def _database(rt: Runtime) -> str:
    try:
        return "" if migrate.is_current(rt.database.reader) else NOT_CURRENT
    except SQLAlchemyError as error:
        log.warning("database_silent", why=str(getattr(error, "orig", error)))
        return SILENT


def _queue(rt: Runtime) -> str:
    if not isinstance(rt.queue, Reachable):
        return ""
    try:
        rt.queue.ping()
    except QueueDown as down:
        log.warning("queue_silent", why=str(down))
        return SILENT
    return ""
