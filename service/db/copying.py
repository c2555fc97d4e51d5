"""Takes everything from one database to another, of the same kind or not."""

from sqlalchemy import Connection, Engine, Integer, MetaData, Table, func, insert, select, text

BATCH = 5000  # rows


class NotEmpty(Exception):
    """The database that is to take the rows has rows of its own."""


def copy(source: Engine, target: Engine, metadata: MetaData) -> dict[str, int]:
    """Copy the rows of every table in one transaction; return how many, by table.

    Both must have the shape of *metadata*, and nobody may write to *source* meanwhile.
    Raises `NotEmpty`.
    """
    with source.connect() as rows, target.begin() as into:
        return {table.name: _copy(rows, into, table) for table in metadata.sorted_tables}


def _copy(rows: Connection, into: Connection, table: Table) -> int:
    if into.execute(select(table).limit(1)).first() is not None:
        raise NotEmpty(f"{table.name} has rows already: copy into a fresh database")
    count = 0
    found = rows.execution_options(yield_per=BATCH).execute(select(table))
    for batch in found.mappings().partitions():
        into.execute(insert(table), [dict(row) for row in batch])
        count += len(batch)
    if count and into.dialect.name == "postgresql":
        _count_on(into, table)
    return count


def _count_on(into: Connection, table: Table) -> None:
    """Let new rows be numbered after those that were copied with their numbers."""
    key = table.autoincrement_column
    if key is None or not isinstance(key.type, Integer):
        return
    sequence = func.pg_get_serial_sequence(table.name, key.name)
    if into.scalar(select(sequence)) is None:
        return
    into.execute(
        text("SELECT setval(pg_get_serial_sequence(:name, :key), :last)"),
        {"name": table.name, "key": key.name, "last": into.scalar(select(func.max(key)))},
    )
