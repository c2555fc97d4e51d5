"""What PostgreSQL is told before statements about a whole audience; SQLite needs none of it."""

from collections.abc import Sequence

from sqlalchemy import column, func, select, table, text
from sqlalchemy.orm import Session

#: For each sort, and twice that for each hash table; what does not fit goes to the server's disk.
MEMORY = "64MB"
#: Smaller tables are read quickly however they are read.
LARGE = 10_000

_TABLES = table(
    "pg_stat_user_tables", column("relname"), column("n_live_tup"), column("n_mod_since_analyze")
)


def allow_memory(session: Session) -> None:
    """Let the statements of this transaction sort and join in `MEMORY`, not the server's 4 MB."""
    if _is_postgresql(session):
        session.execute(select(func.set_config("work_mem", MEMORY, True)))  # noqa: FBT003 - SQL's


def join_whole(session: Session) -> None:
    """Let the statements of this transaction join tables as wholes, whatever their sizes seem.

    What was written a moment ago is not counted yet: taken for a single row, a million deliveries
    are read once for each of a million people, which does not end.
    """
    if _is_postgresql(session):
        session.execute(select(func.set_config("enable_nestloop", "off", True)))  # noqa: FBT003 - SQL's


def know_sizes(session: Session, tables: Sequence[str]) -> None:
    """Have those *tables* counted of which most is new, as after an import or a restore.

    PostgreSQL does so by itself, a minute later; until then it takes them for empty, and looks a
    million people up one by one.
    """
    if not _is_postgresql(session):
        return
    known = _TABLES.c
    stale = select(known.relname).where(
        known.relname.in_(tables),
        known.n_live_tup > LARGE,
        known.n_mod_since_analyze * 2 > known.n_live_tup,
    )
    for name in session.scalars(stale.order_by(known.relname)).all():
        session.execute(text(f'ANALYZE "{name}"'))


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
