"""Writes what a spreadsheet opens, without letting what others wrote become a formula."""

import csv
import io
from collections.abc import Iterable
from typing import Any

MEDIA_TYPE = "text/csv; charset=utf-8"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would work out


def lines(rows: Iterable[Iterable[Any]]) -> bytes:
    """Return *rows* as lines of CSV, each cell harmless."""
    text = io.StringIO()
    csv.writer(text).writerows(map(harmless, row) for row in rows)
    return text.getvalue().encode()


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula, whoever wrote it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
