"""Reads files of subscribers line by line, CSV or JSON Lines, whatever a line holds."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from service.errors import Invalid, invalid
from service.signup.importing.lines import COLUMNS

LONGEST_CELL = 64 * 1024
JSON_LINES = (".jsonl", ".ndjson", ".json")

Row = tuple[int, Mapping[str, Any] | Invalid]


def rows(path: Path) -> Iterator[Row]:
    """Yield the number of each line with what it holds, or with what is wrong with it.

    Raises `Invalid` where the file as a whole cannot be used.
    """
    return _json_lines(path) if path.suffix in JSON_LINES else _csv(path)


def count(path: Path) -> int:
    """Return about how many lines `rows` yields, for a progress bar."""
    heading = 0 if path.suffix in JSON_LINES else 1
    with path.open("rb") as file:
        return max(0, sum(1 for line in file if line.strip()) - heading)


def _csv(path: Path) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    # A byte that is no UTF-8 spoils its own line and no other.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        sample = file.readline()
        file.seek(0)
        reader = csv.DictReader(
            file, delimiter=";" if sample.count(";") > sample.count(",") else ","
        )
        try:
            names = [name.strip() for name in reader.fieldnames or ()]
        except csv.Error as error:
            raise invalid("/1", str(error), "header") from None
        if "address" not in names:
            raise invalid("/1", "the first line names the columns, `address` among them", "header")
        if unknown := [name for name in names if name not in COLUMNS]:
            detail = f"there is no column {unknown[0]!r}; use some of {', '.join(COLUMNS)}"
            raise invalid("/1", detail, "header")
        reader.fieldnames = names
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield reader.line_num, invalid("", str(error), "csv")
                continue
            if None in row:
                yield reader.line_num, invalid("", "there are more cells than columns", "csv")
            else:
                yield reader.line_num, {name: value or "" for name, value in row.items()}


def _json_lines(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                yield number, invalid("", "this is not JSON", "json")
                continue
            if isinstance(found, dict):
                yield number, found
            else:
                yield number, invalid("", 'use an object: {"address": …}', "json")
