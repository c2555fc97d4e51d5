"""Opens the database that the settings name: sessions that write and sessions that only read."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker

from service.db.turns import FairLock, NoTurns, Turns

FRESH_SECONDS = 1.0  # after which a connection must prove that it is still one


@dataclass(frozen=True, slots=True)
class Database:
    """One database, opened for writing and for reading."""

    engine: Engine
    reader: Engine
    writers: sessionmaker[Session]
    readers: sessionmaker[Session]
    turns: Turns

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()
        self.reader.dispose()


def open_database(url: str) -> Database:
    """Return the database *url* names; raises ValueError for a kind we do not support."""
    dialect = make_url(url).get_dialect().name
    if dialect not in _TUNING:
        raise ValueError(f"database_url: use sqlite:/// or postgresql+psycopg://, not {dialect}")
    engine = _open(url, _TUNING[dialect])
    reader = _open(url, _READ_ONLY[dialect])
    return Database(
        engine=engine,
        reader=reader,
        writers=sessionmaker(engine, expire_on_commit=False),
        readers=sessionmaker(reader),
        turns=_TURNS[dialect](),
    )


def _open(url: str, tune: Callable[[Engine], None]) -> Engine:
    engine = create_engine(url, pool_size=20, max_overflow=20)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_ping_after_rest, engine))
    tune(engine)
    return engine


def _note_use(_connection: Any, record: Any) -> None:
    record.info["used_at"] = time.monotonic()


def _ping_after_rest(engine: Engine, connection: Any, record: Any, _proxy: Any) -> None:
    # The pool's own pre-ping asks each time: half of what a short unit of work then costs.
    if time.monotonic() - record.info.get("used_at", 0.0) < FRESH_SECONDS:
        return
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as lost:
        raise InvalidatePoolError from lost


def _tune_sqlite(engine: Engine) -> None:
    event.listen(engine, "connect", _sqlite_connection)
    event.listen(engine, "begin", _begin_immediate)


def _sqlite_connection(connection: Any, _record: object) -> None:
    # The driver must not open transactions by itself: it leaves a leading SELECT
    # outside them, and of 200 concurrent read-then-write units 150 were lost.
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        "busy_timeout = 10000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _sqlite_reads(engine: Engine) -> None:
    event.listen(engine, "connect", _sqlite_read_connection)


def _sqlite_read_connection(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout = 10000")
    connection.execute("PRAGMA query_only = ON")


def _postgresql_reads(engine: Engine) -> None:
    event.listen(engine, "connect", _postgresql_read_connection)


def _postgresql_read_connection(connection: Any, _record: object) -> None:
    connection.execute("SET default_transaction_read_only = on")
    connection.commit()


def _leave(_engine: Engine) -> None:
    """PostgreSQL writes well as it comes."""


_TUNING = {"sqlite": _tune_sqlite, "postgresql": _leave}
_READ_ONLY = {"sqlite": _sqlite_reads, "postgresql": _postgresql_reads}
_TURNS: dict[str, Callable[[], Turns]] = {"sqlite": FairLock, "postgresql": NoTurns}
