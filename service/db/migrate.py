"""Brings the database to the shape this version needs.

Alembic (and the template engine it brings) is imported only to upgrade: it would be a quarter of
every start. Telling whether an upgrade is due takes no more than a name and a row.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

LOCK = 0x70C514  # of ours alone among PostgreSQL's advisory locks
FOLDER = Path(__file__).parents[2] / "migrations"


def upgrade(engine: Engine) -> None:
    """Run the migrations that *engine*'s database has not seen; of several at once, one does."""
    from alembic import command  # noqa: PLC0415

    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        command.upgrade(_config(connection), "head")


def is_current(engine: Engine) -> bool:
    """Say whether the database has the shape this version needs."""
    return _revision(engine) == newest()


def is_fresh(engine: Engine) -> bool:
    """Say whether no migration has ever run on the database."""
    return _revision(engine) is None


def newest() -> str:
    """Return the newest revision: migrations are files called `NNNN_what_they_do.py`."""
    return max(path.name[:4] for path in FOLDER.glob("versions/[0-9]*.py"))


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found


def _config(connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
