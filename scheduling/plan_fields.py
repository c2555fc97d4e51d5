"""Reads a plan's JSON field by field, and refuses by the field's name."""

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

Choice = TypeVar("Choice", bound=StrEnum)

_HH_MM = 5


class BadField(ValueError):
    """A field of a plan cannot be used; `field` is its path, such as "windows/0/start"."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field, self.detail = field, detail


def table(raw: object, field: str, known: Collection[str]) -> Mapping[str, object]:
    """*raw* as an object that has no key but those *known*: a misspelt limit must not vanish."""
    if not isinstance(raw, Mapping):
        raise BadField(field, "must be an object")
    unknown = sorted(str(key) for key in raw if key not in known)
    if unknown:
        raise BadField(unknown[0], "is not a field here")
    return raw


def listing(raw: object, field: str) -> Sequence[object]:
    """*raw* as a list."""
    if not isinstance(raw, list | tuple):
        raise BadField(field, "must be a list")
    return raw


def text(raw: object, field: str) -> str:
    """*raw* as a text that is not empty."""
    if not isinstance(raw, str) or not raw:
        raise BadField(field, "must be a text")
    return raw


def whole(raw: object, field: str, least: int = 0) -> int:
    """*raw* as an integer of at least *least*."""
    if isinstance(raw, bool) or not isinstance(raw, int) or raw < least:
        raise BadField(field, f"must be a whole number of at least {least}")
    return raw


def number(raw: object, field: str) -> float:
    """*raw* as a finite number, an integer left as it is."""
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        raise BadField(field, "must be a number")
    return raw


def flag(raw: object, field: str) -> bool:
    """*raw* as true or false."""
    if not isinstance(raw, bool):
        raise BadField(field, "must be true or false")
    return raw


def choice(raw: object, field: str, among: type[Choice]) -> Choice:
    """*raw* as a member of *among*."""
    for member in among:
        if raw == member:
            return member
    raise BadField(field, f"must be one of {', '.join(among)}")


def seconds(raw: object, field: str) -> timedelta:
    """*raw* seconds, not negative."""
    try:
        span = timedelta(seconds=number(raw, field))
    except OverflowError:
        raise BadField(field, "is too long") from None
    if span < timedelta(0):
        raise BadField(field, "must not be negative")
    return span


def clock(raw: object, field: str) -> time:
    """*raw* as "HH:MM"; "24:00" is the midnight that ends the day."""
    if raw == "24:00":
        return time()
    try:
        if isinstance(raw, str) and len(raw) == _HH_MM:
            return time.fromisoformat(raw)
    except ValueError:
        pass
    raise BadField(field, 'must be a time of day like "09:00"')


def day(raw: object, field: str) -> date:
    """*raw* as "YYYY-MM-DD"."""
    try:
        return date.fromisoformat(text(raw, field))
    except ValueError:
        raise BadField(field, 'must be a date like "2026-12-25"') from None


def instant(raw: object, field: str) -> datetime:
    """*raw* as an ISO 8601 instant with its offset, in UTC."""
    try:
        moment = datetime.fromisoformat(text(raw, field))
    except ValueError:
        raise BadField(field, "must be an instant like 2026-11-24T09:00:00Z") from None
    if moment.tzinfo is None:
        raise BadField(field, "must say its offset from UTC")
    return moment.astimezone(UTC)


def must_be_utc(moment: datetime, field: str) -> None:
    """Refuse an instant that is naive or is not written in UTC."""
    if moment.utcoffset() != timedelta(0):
        raise BadField(field, "must be an instant in UTC")
