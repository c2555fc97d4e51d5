"""service.db.arrays"""

from datetime import UTC, datetime

from sqlalchemy import BigInteger, Float, Integer, String, select

from service.db.arrays import Columns, table_of
from service.db.base import Instant
from service.db.engine import open_database


class TestTableOf:
    def test_columns_come_back_as_rows_with_their_types(self, database_url):
        database = open_database(database_url)
        with database.readers() as session:
            given = table_of(session, {"n": (Integer(), [1, 2]), "word": (String(), ["é'\"", ""])})
            rows = session.execute(select(given.c.n, given.c.word).order_by(given.c.n)).all()
        database.close()
        assert [tuple(row) for row in rows] == [(1, "é'\""), (2, "")]

    def test_nothing_is_lost_of_instants_fractions_large_numbers_or_what_is_missing(
        self, database_url
    ):
        database = open_database(database_url)
        instant = datetime(2026, 11, 23, 9, 30, 0, 123_456, tzinfo=UTC)
        columns: Columns = {
            "at": (Instant(), [instant, None]),
            "share": (Float(), [0.1, None]),
            "key": (BigInteger(), [2**62 + 1, None]),
        }
        with database.readers() as session:
            given = table_of(session, columns)
            first, second = session.execute(select(given).order_by(given.c.key.is_(None))).all()
        database.close()
        assert tuple(first) == (instant, 0.1, 2**62 + 1)
        assert tuple(second) == (None, None, None)
