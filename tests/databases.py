"""The whole suite runs on SQLite and PostgreSQL: each test gets a database as migrated, and empty.

For SQLite that is a copy of a template. PostgreSQL takes 0.6 s for a copy, so its databases are
rinsed in some milliseconds and used again, unless a test changed their shape.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from service.db import migrate
from service.db.engine import open_database
from tests.services import connect, create_database, drop_database

SHAPE = """
SELECT md5(string_agg(concat_ws(' ', c.relname, c.relkind, a.attname, a.atttypid), ','
                      ORDER BY c.relname, a.attnum))
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace
"""
TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
"""
VERSION = "SELECT version_num FROM alembic_version"
OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
COUNT_FROM_ONE = """
SELECT setval(format('%I', sequencename)::regclass, start_value, false)
FROM pg_sequences WHERE last_value IS NOT NULL
"""


@dataclass(slots=True)
class Laundry:
    """Empty databases on a PostgreSQL server, all copies of *template*."""

    template: str
    shape: str
    version: str
    used: sql.Composed  # asks for the tables with rows
    clean: list[str] = field(default_factory=list)

    def lend(self) -> str:
        """The URL of an empty database of nobody else's."""
        return self.clean.pop() if self.clean else create_database(self.template, self.template)

    def take_back(self, url: str) -> None:
        """Empty it, whoever is still connected; drop it if its shape was changed."""
        with connect(url) as connection:
            connection.execute(OTHERS)
            kept = ask(connection, SHAPE) == [self.shape] and ask(connection, VERSION) == [
                self.version
            ]
            if kept:
                self._rinse(connection)
        if kept:
            self.clean.append(url)
        else:
            drop_database(url)

    def _rinse(self, connection: psycopg.Connection) -> None:
        connection.execute("SET session_replication_role = replica")  # no foreign key is minded
        for table in ask(connection, self.used):
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        connection.execute(COUNT_FROM_ONE)


def a_laundry(template: str) -> Laundry:
    """Look at *template*, the URL of a migrated database."""
    with connect(template) as connection:
        (shape,), (version,) = ask(connection, SHAPE), ask(connection, VERSION)
        used = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(table, sql.Identifier(table))
            for table in ask(connection, TABLES)
        )
    return Laundry(template, shape, version, used)


def ask(connection: psycopg.Connection, question: str | sql.Composed) -> list[str]:
    """The first column of the answer."""
    asked = question.encode() if isinstance(question, str) else question
    return [row[0] for row in connection.execute(asked)]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory) -> Path:
    path: Path = tmp_path_factory.mktemp("template") / "tocsin.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url) -> str:
    url = create_database(postgres_url)
    _migrate(url)
    return url


@pytest.fixture(scope="session")
def laundry(postgres_template) -> Laundry:
    return a_laundry(postgres_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> Iterator[str]:
    """The URL of a database of this test's own, in the shape of the newest migration."""
    yield from _DATABASES[request.param](request, tmp_path)


def _migrate(url: str) -> None:
    database = open_database(url)
    migrate.upgrade(database.engine)
    database.close()


def _sqlite_copy(request: Any, folder: Path) -> Iterator[str]:
    path = folder / "tocsin.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    yield f"sqlite:///{path}"


def _postgres_copy(request: Any, _folder: Path) -> Iterator[str]:
    laundry = request.getfixturevalue("laundry")
    url = laundry.lend()
    yield url
    laundry.take_back(url)


_DATABASES: dict[str, Callable[[Any, Path], Iterator[str]]] = {
    "sqlite": _sqlite_copy,
    "postgresql": _postgres_copy,
}
