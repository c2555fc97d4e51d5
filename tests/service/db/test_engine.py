"""service.db.engine"""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from service.db import engine
from service.db.engine import open_database
from tests.services import postgresql


@pytest.fixture(scope="module")
def server():
    with postgresql() as own:
        yield own


class TestConnections:
    def test_one_that_rested_is_replaced_when_the_server_was_restarted(self, server, monkeypatch):
        monkeypatch.setattr(engine, "FRESH_SECONDS", 0.0)
        database = open_database(server.url)
        assert answer(database) == 1
        server.restart()
        assert answer(database) == 1
        database.close()

    def test_one_that_was_just_used_is_lost_once(self, server, monkeypatch):
        monkeypatch.setattr(engine, "FRESH_SECONDS", 3600.0)
        database = open_database(server.url)
        assert answer(database) == 1
        server.restart()
        with pytest.raises(DBAPIError):
            answer(database)
        assert answer(database) == 1
        database.close()


def answer(database):
    with database.writers.begin() as session:
        return session.scalar(select(1))
