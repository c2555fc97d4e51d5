"""Whether a process can do its work: what it depends on, and what is wrong with it."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from service.db import migrate
from service.queue import QueueDown, Reachable
from service.runtime import Runtime

log = structlog.get_logger(__name__)

SILENT = "it does not answer"
FULL = "it is full: make room where the database is"
LEAST = 16 << 20  # bytes: a batch and its outcomes, many times over
NOT_CURRENT = "it is not in the shape that this version needs: run `tocsin db upgrade`"


@dataclass(frozen=True, slots=True)
class Health:
    """What keeps a process from its work, by part; channels that wait hold up nobody else."""

    reasons: dict[str, str] = field(default_factory=dict)
    unavailable: dict[str, str] = field(default_factory=dict)  # channels
    details: dict[str, str] = field(default_factory=dict)  # by part, for operators' eyes only

    @property
    def is_ready(self) -> bool:
        """Whether nothing does."""
        return not self.reasons


def look(rt: Runtime) -> Health:
    """Ask the database, its disk and the queue; the details of a failure are not for everybody."""
    reasons, details = {}, {}
    for part, ask in (("database", _database), ("disk", _disk), ("queue", _queue)):
        why, detail = ask(rt)
        if why:
            reasons[part] = why
        if detail:
            details[part] = detail
            log.warning("silent", part=part, why=detail)
    return Health(reasons, dict(rt.channels.unavailable()), details)


def _database(rt: Runtime) -> tuple[str, str]:
    """What is wrong, for everybody; and in the words of whoever refused."""
    try:
        return "" if migrate.is_current(rt.database.reader) else NOT_CURRENT, ""
    except SQLAlchemyError as error:
        return SILENT, str(getattr(error, "orig", error)).strip()


def _disk(rt: Runtime) -> tuple[str, str]:
    """Only a SQLite file is on a disk of ours; one that is not there yet needs no room."""
    url = rt.database.reader.url
    file = Path(url.database or "")
    if url.get_backend_name() != "sqlite" or not file.is_file():
        return "", ""
    free = shutil.disk_usage(file.parent).free
    return (FULL, f"{free} bytes are free for {file}") if free < LEAST else ("", "")


def _queue(rt: Runtime) -> tuple[str, str]:
    try:
        if isinstance(rt.queue, Reachable):
            rt.queue.ping()
    except QueueDown as down:
        return SILENT, str(down)
    return "", ""
