"""Everything is taken along from one database to another, and life goes on there."""

import pytest
from sqlalchemy import func, select

from service.app import load_models
from service.db import copying
from service.db.engine import open_database
from service.db.unit_of_work import begin
from service.pages.models import Page
from tests.databases import _DATABASES
from tests.factories import (
    a_component,
    a_list,
    a_page,
    a_section,
    a_subscriber,
    a_subscription,
    an_address,
)
from tests.fakes import MONDAY, Queue


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request, tmp_path):
    (tmp_path / "target").mkdir()
    for url in _DATABASES[request.param](request, tmp_path / "target"):
        database = open_database(url)
        yield database
        database.close()


@pytest.fixture
def filled(rt):
    with rt.work() as uow:
        page = a_page(uow)
        a_component(uow, a_section(uow, page))
        address = an_address(uow, a_subscriber(uow))
        a_subscription(uow, address, page)
        a_subscription(uow, address, to_list=a_list(uow))
    return rt.database


def rows(database, metadata):
    with database.reader.connect() as connection:
        return {
            table.name: [
                dict(row)
                for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
            ]
            for table in metadata.sorted_tables
        }


class TestCopy:
    def test_every_row_of_every_table_arrives_as_it_was(self, filled, target):
        metadata = load_models()
        counts = copying.copy(filled.reader, target.engine, metadata)
        there = rows(target, metadata)
        assert there == rows(filled, metadata)
        assert counts == {name: len(found) for name, found in there.items()}
        assert counts["subscription"] == 2

    def test_new_rows_are_numbered_after_the_old_ones(self, filled, target):
        copying.copy(filled.reader, target.engine, load_models())
        with begin(target, Queue(), lambda: MONDAY, "test") as uow:
            a_page(uow, "second")
        with target.readers() as session:
            assert session.scalar(select(func.max(Page.id))) == 2

    def test_a_database_with_rows_of_its_own_keeps_them(self, filled, target):
        metadata = load_models()
        copying.copy(filled.reader, target.engine, metadata)
        before = rows(target, metadata)
        with pytest.raises(copying.NotEmpty):
            copying.copy(filled.reader, target.engine, metadata)
        assert rows(target, metadata) == before
