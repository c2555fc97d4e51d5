"""Reads what a takeout writes: by pages of rows, whatever their number."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, select, tuple_
from sqlalchemy.orm import Session

from service.db.base import Base
from service.events.models import Event
from service.lists.models import MailingList
from service.pages.models import Component, Page, Section
from service.publications.models import Purpose

BATCH = 1000  # rows read at once

#: A column whose name says so is a secret, whatever its table.
SECRET_NAME = re.compile(r"secret|password|digest|token|recovery|totp")

#: What else nobody but the service may know, by table.
SECRETS: Mapping[str, frozenset[str]] = {
    "address": frozenset({"options"}),
}

#: What it leaves out: the engine's own work, what `tocsin rollout proof` writes, and secrets.
LEFT_OUT = frozenset(
    {
        "acknowledgement", "address_change", "attempt", "bookmark", "circuit", "delivery",
        "delivery_event", "digest_item", "endpoint_wish", "exposure", "followed", "gate_run",
        "idempotent_request", "lane_two", "launch_alarm", "launch_seed", "letter",
        "moderation_handling", "moderation_notice", "notice", "outcome", "reached", "received",
        "segment", "signed_link", "signup_request", "slice", "staff_session", "storm", "takeover",
        "wave",
    }
)  # fmt: skip


def tables() -> list[Table]:
    """What a takeout holds row by row: all but what is left out; what is pointed at comes first."""
    return [each for each in Base.metadata.sorted_tables if each.name not in LEFT_OUT]


def rows(session: Session, table: Table) -> Iterator[dict[str, Any]]:
    """Yield each row of *table* by column, secrets left out, in the order of its key."""
    key = list(table.primary_key.columns)
    secret = SECRETS.get(table.name, frozenset())
    shown = [
        it for it in table.columns if it.name not in secret and not SECRET_NAME.search(it.name)
    ]
    names = [each.name for each in shown]
    statement = select(*shown, *key).order_by(*key).limit(BATCH)
    if table.name == "publication":
        statement = statement.where(table.c.purpose == Purpose.BULK)  # others hold links that act
    last: Sequence[Any] | None = None
    while True:
        after = statement if last is None else statement.where(tuple_(*key) > tuple_(*last))
        found = session.execute(after).all()
        for row in found:
            yield _row(table, dict(zip(names, row, strict=False)))
        if len(found) < BATCH:
            return
        last = found[-1][len(names) :]


def _row(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    if table.name == "address" and values["channel"] != "email":
        values["value"] = values["key"] = values["shown"]  # a chat's address is its password
    return values


def pages(session: Session) -> Sequence[Page]:
    """Pages in use, in order."""
    return session.scalars(
        select(Page).where(Page.retired_at.is_(None)).order_by(Page.position, Page.id)
    ).all()


def lists(session: Session) -> Sequence[MailingList]:
    """Lists in use, in order."""
    return session.scalars(
        select(MailingList)
        .where(MailingList.retired_at.is_(None))
        .order_by(MailingList.position, MailingList.id)
    ).all()


def events(session: Session) -> Iterator[Event]:
    """Every event, the oldest first."""
    last = 0
    while found := session.scalars(
        select(Event).where(Event.id > last).order_by(Event.id).limit(BATCH)
    ).all():
        last = found[-1].id
        yield from found


def slugs(session: Session) -> tuple[dict[int, str], dict[int, str]]:
    """What pages and components are called, by id."""
    pages = session.execute(select(Page.id, Page.slug))
    components = session.execute(select(Component.id, Component.slug))
    return {row[0]: row[1] for row in pages}, {row[0]: row[1] for row in components}


def parts(session: Session, page_id: int) -> tuple[Sequence[Section], Sequence[Component]]:
    """The sections and components of a page that are in use, in order."""
    return (
        session.scalars(
            select(Section)
            .where(Section.page_id == page_id, Section.retired_at.is_(None))
            .order_by(Section.position, Section.id)
        ).all(),
        session.scalars(
            select(Component)
            .where(Component.page_id == page_id, Component.retired_at.is_(None))
            .order_by(Component.position, Component.id)
        ).all(),
    )
