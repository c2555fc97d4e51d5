"""JSON as the API takes and gives it: strict on the way in, in UTC with a Z on the way out."""

import json
import math
from datetime import UTC, datetime
from typing import Any, NoReturn

from flask import Flask
from flask.json.provider import DefaultJSONProvider


class StrictJSON(DefaultJSONProvider):
    """Refuses what is not JSON though Python would take it: NaN, infinities, endless nesting."""

    @staticmethod
    def default(o: Any) -> Any:
        """Write instants as RFC 3339 in UTC; the rest as Flask does."""
        if isinstance(o, datetime):
            return o.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return DefaultJSONProvider.default(o)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        try:
            return json.loads(s, parse_constant=_refuse, parse_float=_finite, **kwargs)
        except RecursionError:
            raise ValueError("too deeply nested") from None


def install(app: Flask) -> None:
    """Let *app* read and write JSON this way."""
    app.json = StrictJSON(app)


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is too large a number")
    return number
