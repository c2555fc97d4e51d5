"""The database's own clock, for leases and rates: one clock for any number of processes."""

from typing import Any

from sqlalchemy import Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class database_seconds(FunctionElement[float]):  # noqa: N801 - reads as a SQL function
    """Unix time in seconds on the database's clock, at the moment it is evaluated."""

    type = Float()
    inherit_cache = True


@compiles(database_seconds, "postgresql")
def _postgresql(_element: Any, _compiler: Any, **_options: Any) -> str:
    # now() would be the start of the transaction: a lease must count from when it is written.
    # date_part, not extract, which makes a numeric first.
    return "date_part('epoch', clock_timestamp())"


@compiles(database_seconds, "sqlite")
def _sqlite(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"
