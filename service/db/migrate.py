"""Brings the database to the shape this version needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

FOLDER = Path(__file__).parents[2] / "migrations"


def upgrade(engine: Engine) -> None:
    """Run the migrations that *engine*'s database has not seen."""
    with engine.begin() as connection:
        command.upgrade(_config(connection), "head")


def is_current(engine: Engine) -> bool:
    """Say whether the database has the shape this version needs."""
    head = ScriptDirectory(str(FOLDER)).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def is_fresh(engine: Engine) -> bool:
    """Say whether no migration has ever run on the database."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() is None


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
