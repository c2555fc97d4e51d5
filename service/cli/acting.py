"""What commands that act share: a session, a unit of work, who acts, what is meant."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pydantic import BaseModel
    from sqlalchemy.orm import Session

    from service.db.unit_of_work import UnitOfWork
    from service.runtime import Runtime

Wanted = TypeVar("Wanted", bound="BaseModel")

#: Who acts, for `working`.
person = click.option("--as", "email", default="", help="Address of the member of staff who acts.")


@contextmanager
def reading() -> "Iterator[tuple[Session, datetime]]":
    """Open a session that cannot write, and say what time it is."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.read() as session:
        yield session, rt.clock()


@contextmanager
def working(email: str = "") -> "Iterator[UnitOfWork]":
    """Open a unit of work in the name of the member of staff *email*; "" acts as the command."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.work(_by(rt, email)) as uow:
        yield uow


def _by(rt: "Runtime", email: str) -> str:
    from service.access import actions, queries  # noqa: PLC0415

    if not email:
        return "cli"
    with rt.read() as session:
        person = queries.staff_with_email(session, actions.normal_email(email))
    if person is None or person.disabled_at is not None:
        raise click.ClickException(f"--as: nobody called {email} may sign in")
    return f"staff:{person.id}"


def pair(text: str) -> tuple[str, str]:
    """Return `en=Hello` as a language and its words."""
    language, sign, words = text.partition("=")
    if not sign:
        raise click.ClickException(f"{text!r}: say the language first, such as en={text}")
    return language, words


def parsed(
    model: type[Wanted], given: Mapping[str, Any], options: Mapping[str, str] | None = None
) -> Wanted:
    """Return *given* as *model*; what cannot be used is told by its field, or its option."""
    from pydantic import ValidationError  # noqa: PLC0415

    try:
        return model.model_validate(given)
    except ValidationError as error:
        places = ((".".join(map(str, each["loc"])), each["msg"]) for each in error.errors())
        lines = (f"{(options or {}).get(name, name) or 'value'}: {why}" for name, why in places)
        raise click.ClickException("\n".join(lines)) from None
