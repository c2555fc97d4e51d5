"""Many rows in one statement, as columns: 10 to 40 times faster than one statement per row."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Dialect, String, bindparam, column, func, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import FromClause
from sqlalchemy.types import TypeEngine

Columns = Mapping[str, tuple[TypeEngine[Any], Sequence[Any]]]


def table_of(session: Session, columns: Columns, name: str = "given") -> FromClause:
    """Return *columns* (name → type and values, all of one length) as something to select from."""
    dialect = session.get_bind().dialect
    return _TABLES[dialect.name](columns, name, dialect)


def _unnest(columns: Columns, name: str, _dialect: Dialect) -> FromClause:
    arrays = [bindparam(None, list(values), type_=ARRAY(kind)) for kind, values in columns.values()]
    names = [column(key, kind) for key, (kind, _) in columns.items()]
    return func.unnest(*arrays).table_valued(*names, name=name).render_derived()


def _json_each(columns: Columns, name: str, dialect: Dialect) -> FromClause:
    stored = (_as_stored(kind, values, dialect) for kind, values in columns.values())
    rows = json.dumps(list(zip(*stored, strict=True)))
    each = func.json_each(rows).table_valued(column("value", String()), name=f"{name}_json")
    # No CAST: SQLite would make a number of an instant's text.
    picked = (
        type_coerce(func.json_extract(each.c.value, f"$[{place}]"), kind).label(key)
        for place, (key, (kind, _)) in enumerate(columns.items())
    )
    return select(*picked).subquery(name)


def _as_stored(kind: TypeEngine[Any], values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    processor = kind.dialect_impl(dialect).bind_processor(dialect)
    return [processor(value) for value in values] if processor else values


_TABLES: dict[str, Callable[[Columns, str, Dialect], FromClause]] = {
    "postgresql": _unnest,
    "sqlite": _json_each,
}
