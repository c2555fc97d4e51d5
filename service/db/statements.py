"""Statements built once and executed often: building one costs more than executing it."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from service.db.base import Base

Statement = TypeVar("Statement")


def table(model: type[Base]) -> Table:
    """The bare table of *model*: in hot loops its rows need no identity map and no loading."""
    return cast("Table", model.__table__)


def once_per_dialect(
    build: Callable[[Session], Statement],
) -> Callable[[Session], Statement]:
    """Build a statement at its first use on each kind of database, and keep it.

    It must differ by nothing but its parameters.
    """
    built: dict[str, Statement] = {}

    @wraps(build)
    def kept(session: Session) -> Statement:
        dialect = session.get_bind().dialect.name
        if dialect not in built:
            built[dialect] = build(session)
        return built[dialect]

    return kept
