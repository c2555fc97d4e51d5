"""service.db.migrate"""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from service.db import migrate
from service.db.base import Base
from service.db.engine import open_database


class TestMigrations:
    def test_the_newest_gives_the_shape_the_models_describe(self, database_url):
        database = open_database(database_url)
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection)
            assert compare_metadata(context, Base.metadata) == []
        database.close()

    def test_the_newest_by_name_is_the_newest_by_descent(self):
        script = ScriptDirectory(str(migrate.FOLDER))
        assert migrate.newest() == script.get_current_head()

    def test_a_database_without_tables_is_fresh(self, tmp_path):
        database = open_database(f"sqlite:///{tmp_path / 'tocsin.db'}")
        assert migrate.is_fresh(database.engine)
        migrate.upgrade(database.engine)
        assert not migrate.is_fresh(database.engine)
        database.close()

    def test_running_them_again_changes_nothing(self, database_url):
        database = open_database(database_url)
        migrate.upgrade(database.engine)
        assert migrate.is_current(database.engine)
        database.close()
