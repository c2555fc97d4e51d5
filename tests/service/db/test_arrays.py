"""service.db.arrays"""

from sqlalchemy import Integer, String, select

from service.db.arrays import table_of
from service.db.engine import open_database


class TestTableOf:
    def test_columns_come_back_as_rows_with_their_types(self, database_url):
        database = open_database(database_url)
        with database.readers() as session:
            given = table_of(session, {"n": (Integer(), [1, 2]), "word": (String(), ["é'\"", ""])})
            rows = session.execute(select(given.c.n, given.c.word).order_by(given.c.n)).all()
        database.close()
        assert [tuple(row) for row in rows] == [(1, "é'\""), (2, "")]
