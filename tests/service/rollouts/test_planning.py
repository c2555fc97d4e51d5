"""service.rollouts.queries.planning: how a large audience is asked for."""

import pytest
from sqlalchemy import func, select, text

from service.rollouts.queries import planning

NESTED = select(func.current_setting("enable_nestloop"))
UNCOUNTED = """EXPLAIN SELECT count(*) FROM address a WHERE NOT EXISTS (
    SELECT 1 FROM delivery d WHERE d.rollout_id = 1 AND d.address_id = a.id)"""


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
class TestWholeJoins:
    """What was written a moment ago is counted by no server yet: a million seem to be one row."""

    def test_once_many_are_written_they_are_not_looked_up_one_by_one(self, engine, monkeypatch):
        audience = engine.audience("UTC", per_zone=5)
        engine.approve(audience)
        engine.tick()
        few, many = 5, 4
        for limit, nested in ((few, "on"), (many, "off")):
            monkeypatch.setattr(planning, "FEW", limit)
            with engine.rt.read() as session:
                assert planning.missing(session, 1, audience) == []
                assert session.scalar(NESTED) == nested
                how = "\n".join(session.scalars(text(UNCOUNTED)))
                assert ("Nested Loop" in how) <= (nested == "on"), how
        with engine.rt.read() as session:
            assert session.scalar(NESTED) == "on"  # nobody else's statements are touched
