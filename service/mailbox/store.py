"""Keeps the letters in one SQLite file of their own, the newest ones only."""

import re
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

KEPT = 20_000  # letters; with 5 kB each, 100 MB
SPARE = 1_000  # how many more there may be before the oldest go
FILE = "mailbox.db"

_TABLE = """
CREATE TABLE IF NOT EXISTS letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received REAL NOT NULL,
    sender TEXT NOT NULL,
    recipients TEXT NOT NULL,
    message_id TEXT NOT NULL,
    raw BLOB NOT NULL
)
"""
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]{1,250}>)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as it was taken over SMTP."""

    id: int
    received: float  # Unix time, seconds
    sender: str  # of the envelope
    recipients: str  # of the envelope, separated by spaces
    message_id: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Tally:
    """Letters counted three ways: equal numbers mean that nobody got one twice."""

    letters: int
    message_ids: int
    recipients: int


class Store:
    """The letters of one folder, for one thread at a time; see `open_store` and `open_reader`."""

    def __init__(self, file: sqlite3.Connection, kept: int) -> None:
        self._file, self._kept = file, kept
        self._file.execute("PRAGMA busy_timeout = 10000")

    def add(self, letters: Iterable[tuple[str, str, bytes]]) -> None:
        """Keep *letters* (sender, recipients, raw); they are safe once this returns."""
        now = time.time()
        rows = [(now, sender, to, _id_of(raw), raw) for sender, to, raw in letters]
        self._file.execute("BEGIN IMMEDIATE")
        self._file.executemany(
            "INSERT INTO letter (received, sender, recipients, message_id, raw)"
            " VALUES (?, ?, ?, ?, ?)",
            rows,
        )
        self._forget_the_oldest()
        self._file.execute("COMMIT")

    def newest(self) -> int:
        """Return the number of the newest letter, 0 where there is none."""
        (number,) = self._file.execute("SELECT coalesce(max(id), 0) FROM letter").fetchone()
        return int(number)

    def find(self, recipient: str, before: int | None, limit: int) -> list[Letter]:
        """Return the newest letters below number *before* to an address that holds *recipient*."""
        pattern = "%" + re.sub(r"([\\%_])", r"\\\1", recipient) + "%"
        rows = self._file.execute(
            "SELECT id, received, sender, recipients, message_id, raw FROM letter"
            " WHERE recipients LIKE ? ESCAPE '\\' AND (? IS NULL OR id < ?)"
            " ORDER BY id DESC LIMIT ?",
            (pattern, before, before, limit),
        )
        return [Letter(*row) for row in rows]

    def letter(self, number: int) -> Letter | None:
        """Return one letter."""
        row = self._file.execute(
            "SELECT id, received, sender, recipients, message_id, raw FROM letter WHERE id = ?",
            (number,),
        ).fetchone()
        return Letter(*row) if row else None

    def tally(self, besides: str = "") -> Tally:
        """Count the letters, *besides* those to one address."""
        row = self._file.execute(
            "SELECT count(*), count(DISTINCT message_id), count(DISTINCT recipients)"
            " FROM letter WHERE recipients <> ?",
            (besides,),
        ).fetchone()
        return Tally(*row)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _forget_the_oldest(self) -> None:
        newest = self.newest()
        (oldest,) = self._file.execute("SELECT coalesce(min(id), 0) FROM letter").fetchone()
        if newest - oldest >= self._kept + SPARE:
            self._file.execute("DELETE FROM letter WHERE id <= ?", (newest - self._kept,))


def open_store(folder: Path, kept: int = KEPT) -> Store:
    """Return the store in *folder*, made if there is none, to add letters to."""
    folder.mkdir(parents=True, exist_ok=True)
    file = sqlite3.connect(folder / FILE, isolation_level=None, check_same_thread=False)
    file.execute("PRAGMA journal_mode = WAL")
    file.execute(_TABLE)
    return Store(file, kept)


def open_reader(folder: Path) -> Store:
    """Return the store in *folder* to look into; an empty one where there is none yet."""
    path = folder / FILE
    if path.exists():
        return Store(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True), 0)
    file = sqlite3.connect(":memory:")
    file.execute(_TABLE)
    return Store(file, 0)


def _id_of(raw: bytes) -> str:
    head, _, _ = raw.partition(b"\r\n\r\n")
    found = _MESSAGE_ID.search(head)
    return found.group(1).decode("ascii", "replace") if found else ""
