"""The declarative base: one place for types, public ids and constraint names."""

import secrets
import string
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, Integer, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

#: A number that counts up. SQLite does so only for a column it calls INTEGER.
Key = BigInteger().with_variant(Integer, "sqlite")
#: Anything JSON can hold; None is SQL's NULL.
Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
#: Words by language: {"fr": …, "en": …}.
Localised = dict[str, str]

_ALPHABET = string.ascii_lowercase + string.digits


def new_public_id() -> str:
    """Return 12 characters of [a-z0-9]: what the outside calls a row, in Statuspage's form."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


def _values(states: type[StrEnum]) -> list[str]:
    # SQLAlchemy would store the member names; the values are the public words.
    return [state.value for state in states]


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, on databases that keep zones and those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What every table inherits."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: dict[Any, Any] = {  # noqa: RUF012 - read by SQLAlchemy
        str: String(),
        datetime: Instant(),
        dict[str, Any]: Document,
        list[Any]: Document,
        dict[str, str]: Document,
        list[str]: Document,
        StrEnum: Enum(StrEnum, native_enum=False, length=32, values_callable=_values),
    }
