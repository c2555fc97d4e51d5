"""The whole suite runs on SQLite and PostgreSQL: each test gets a copy of a migrated template."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service.db import migrate
from service.db.engine import open_database
from tests.services import create_database, drop_database


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
    template = request.getfixturevalue("postgres_template")
    url = create_database(template, template)
    yield url
    drop_database(url)


_DATABASES: dict[str, Callable[[Any, Path], Iterator[str]]] = {
    "sqlite": _sqlite_copy,
    "postgresql": _postgres_copy,
}
