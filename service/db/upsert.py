"""INSERT … ON CONFLICT, which SQLAlchemy spells once per dialect."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.db.base import Base
from service.db.statements import table

_INSERTS = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def upsert(session: Session, model: type[Base]) -> Any:
    """Return an INSERT into *model*'s table that knows `on_conflict_do_update` and `…_do_nothing`.

    SQLite needs a WHERE in a SELECT that feeds it, to tell ON CONFLICT from a join's ON.
    """
    return _INSERTS[session.get_bind().dialect.name](table(model))
