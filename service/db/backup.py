"""Writes the whole database into one file while the service goes on: a SQLite database.

The same file, whatever the database: it can be restored into the other kind, too.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, MetaData

from service.db import copying, migrate
from service.db.engine import open_database


def write(source: Engine, file: Path, metadata: MetaData) -> None:
    """Write *source*, as it is at one instant, to *file*; raises `FileExistsError`.

    The name appears once the file is whole and on the disk: half a backup is none.
    """
    if file.exists():
        raise FileExistsError(17, "this file exists: a backup replaces nothing", str(file))
    draft = file.with_name(f"{file.name}.part")
    draft.unlink(missing_ok=True)
    try:
        if source.dialect.name == "sqlite":
            _vacuum(Path(str(source.url.database)), draft)
        else:
            _export(source, draft, metadata)
        with draft.open("rb+") as written:
            os.fsync(written.fileno())
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)


def is_one(file: Path) -> bool:
    """Say whether *file* may be a backup: a database that our migrations know."""
    try:
        with closing(_read(file)) as connection:
            found = connection.execute("SELECT count(*) FROM alembic_version").fetchone()
    except sqlite3.Error:
        return False
    return tuple(found) == (1,)


def _vacuum(source: Path, draft: Path) -> None:
    with closing(_read(source)) as connection:
        connection.execute("VACUUM INTO ?", (str(draft),))


def _read(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)


def _export(source: Engine, draft: Path, metadata: MetaData) -> None:
    target = open_database(f"sqlite:///{draft}")
    try:
        migrate.upgrade(target.engine)
        snapshot = source.execution_options(isolation_level="REPEATABLE READ")
        copying.copy(snapshot, target.engine, metadata)
    finally:
        target.close()
