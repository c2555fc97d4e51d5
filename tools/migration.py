"""Drafts the next migration: what the models say that the migrations so far do not.

Usage: python tools/migration.py WHAT IT DOES
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config

from service.db import migrate
from service.db.engine import open_database


def main(words: list[str]) -> None:
    """Write `migrations/versions/NNNN_what_it_does.py`."""
    if not any(words):
        sys.exit("say what it does: make migration NAME='keep what was told'")
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER).replace("%", "%%"))
    with TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'draft.db'}")
        migrate.upgrade(database.engine)
        with database.engine.begin() as connection:
            config.attributes["connection"] = connection
            number = f"{int(migrate.newest()) + 1:04}"
            command.revision(config, " ".join(words), autogenerate=True, rev_id=number)
        database.close()


if __name__ == "__main__":
    main(sys.argv[1:])
