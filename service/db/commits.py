"""Who may still commit a row with a number below one that can be read already.

PostgreSQL hands numbers out when rows are written, and shows rows when they are committed: a
reader that goes by numbers must wait for whoever writes when it looks. SQLite has one writer at a
time, so there numbers appear in their order.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.db.base import Base

#: An INSERT takes the latter lock before it draws a number, who looks in order to write the former;
#: both last until the transaction ends.
_WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation'"
    " AND relation = to_regclass(:name)"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND mode IN ('RowShareLock', 'RowExclusiveLock') AND pid <> pg_backend_pid()"
)


def writers(session: Session, kind: type[Base]) -> frozenset[str]:
    """Names of the other transactions under way that write to a table, or have locked rows of it.

    A name is never given twice while the server runs.
    """
    if session.connection().dialect.name == "sqlite":
        return frozenset()
    return frozenset(session.scalars(_WRITERS, {"name": kind.__tablename__}))
