"""One file that holds everything, written while the service goes on."""

import pytest
from sqlalchemy import select

from service.app import load_models
from service.db import backup
from service.db.engine import open_database
from service.pages.models import Page
from tests.factories import a_page


class TestBackup:
    def test_holds_what_was_committed_and_nothing_of_what_is_under_way(self, rt, tmp_path):
        with rt.work() as uow:
            a_page(uow, "mail")
        file = tmp_path / "tocsin.backup"
        with rt.work() as uow:
            a_page(uow, "hosting")
            backup.write(rt.database.reader, file, load_models())
        assert slugs(file) == ["mail"]
        assert [each.name for each in tmp_path.glob("tocsin.backup*")] == [file.name]

    def test_replaces_nothing(self, rt, tmp_path):
        file = tmp_path / "tocsin.backup"
        file.write_text("the only copy of something")
        with pytest.raises(FileExistsError):
            backup.write(rt.database.reader, file, load_models())
        assert file.read_text() == "the only copy of something"


def slugs(file):
    database = open_database(f"sqlite:///{file}")
    try:
        with database.readers() as session:
            return list(session.scalars(select(Page.slug)))
    finally:
        database.close()
