"""Many rows in one statement, as columns: 10 to 40 times faster than one statement per row."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Dialect,
    String,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import FromClause
from sqlalchemy.types import TypeEngine

Columns = Mapping[str, tuple[TypeEngine[Any], Sequence[Any]]]
Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Given:
    """Rows of one shape that a statement is given when it is executed."""

    kinds: Mapping[str, TypeEngine[Any]]
    name: str = "given"

    def table(self, session: Session, parameters: Parameters | None = None) -> FromClause:
        """The rows as something to select from; without *parameters* they come at execution."""
        return _TABLES[session.get_bind().dialect.name](self, parameters or {})

    def parameters(self, session: Session, columns: Sequence[Sequence[Any]]) -> Parameters:
        """The rows as parameters; *columns*, all of one length, come as in `kinds`."""
        return _json(self, columns, session.get_bind().dialect)


def table_of(session: Session, columns: Columns, name: str = "given") -> FromClause:
    """Return *columns* (name → type and values, all of one length) as something to select from."""
    given = Given({key: kind for key, (kind, _) in columns.items()}, name)
    return given.table(session, given.parameters(session, [each for _, each in columns.values()]))


def _jsonb(given: Given, parameters: Parameters) -> FromClause:
    # One text instead of an array a column: the driver writes arrays in Python, item by item,
    # which took five times as long as the database then needed for the same rows.
    rows = cast(_parameter(f"{given.name}_rows", String(), parameters), JSONB())
    each = func.jsonb_array_elements(rows).table_valued(
        column("value", JSONB()), name=f"{given.name}_json"
    )
    picked = (
        cast(each.c.value.op("->>")(literal_column(str(place))), kind).label(key)
        for place, (key, kind) in enumerate(given.kinds.items())
    )
    return select(*picked).subquery(given.name)


def _json_each(given: Given, parameters: Parameters) -> FromClause:
    rows = _parameter(f"{given.name}_rows", String(), parameters)
    each = func.json_each(rows).table_valued(column("value", String()), name=f"{given.name}_json")
    # No CAST: SQLite would make a number of an instant's text.
    picked = (
        type_coerce(func.json_extract(each.c.value, f"$[{place}]"), kind).label(key)
        for place, (key, kind) in enumerate(given.kinds.items())
    )
    return select(*picked).subquery(given.name)


def _json(given: Given, columns: Sequence[Sequence[Any]], dialect: Dialect) -> Parameters:
    stored = (
        _as_stored(kind, values, dialect)
        for kind, values in zip(given.kinds.values(), columns, strict=True)
    )
    rows = list(zip(*stored, strict=True))
    return {f"{given.name}_rows": json.dumps(rows, default=datetime.isoformat)}


def _as_stored(kind: TypeEngine[Any], values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    processor = kind.dialect_impl(dialect).bind_processor(dialect)
    return [processor(value) for value in values] if processor else values


def _parameter(name: str, kind: TypeEngine[Any], given: Parameters) -> BindParameter[Any]:
    return bindparam(name, given.get(name), type_=kind, required=name not in given)


_TABLES: dict[str, Callable[[Given, Parameters], FromClause]] = {
    "postgresql": _jsonb,
    "sqlite": _json_each,
}
