"""All that is here as files: a zip made while it is read, or a folder. Secrets stay.

`definition.json` is what `tocsin page apply` takes, `subscribers.csv` what `tocsin subscribers
import` takes; `events.jsonl` tells every event with its updates; `tables/` holds the rest, row by
row.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from service.events import queries as events
from service.lists.definition import ListDefinition
from service.pages.definition import ComponentDefinition, PageDefinition, SectionDefinition
from service.signup.importing.giving import lines
from service.signup.importing.lines import COLUMNS, safe
from service.transfers import queries_takeout as queries

CHUNK = 64 * 1024  # bytes that are handed on together
EARLIEST = (1980, 1, 1, 0, 0, 0)  # a zip's own: two takeouts of the same are the same

File = tuple[str, Iterator[str]]


def files(session: Session, now: datetime) -> Iterator[File]:
    """Yield the name of each file with its text, part by part."""
    yield "about.json", iter([_json({"made_at": now, "format": 1}) + "\n"])
    yield "definition.json", _definition(session)
    yield "events.jsonl", _events(session)
    yield "subscribers.csv", _subscribers(session)
    for table in queries.tables():
        yield (
            f"tables/{table.name}.jsonl",
            (_json(row) + "\n" for row in queries.rows(session, table)),
        )


def zipped(session: Session, now: datetime) -> Iterator[bytes]:
    """Yield a zip of all files, as it is made."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, parts in files(session, now):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as file:
                for part in parts:
                    file.write(part.encode())
                    if sink.length >= CHUNK:
                        yield sink.taken()
    yield sink.taken()


def write(session: Session, now: datetime, place: Path) -> int:
    """Write all files to *place*, a folder or the name of a zip; return how many there are."""
    if place.suffix == ".zip":
        with place.open("wb") as file:
            file.writelines(zipped(session, now))
        with zipfile.ZipFile(place) as archive:
            return len(archive.namelist())
    count = 0
    for name, parts in files(session, now):
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as text:
            text.writelines(parts)
        count += 1
    return count


class _Sink:
    """What a zip is written to; it is taken away before it is complete."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.length = 0

    def write(self, part: bytes) -> int:
        """Take *part*."""
        self._parts.append(bytes(part))
        self.length += len(part)
        return len(part)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is to be closed."""

    def taken(self) -> bytes:
        """Return what has come since the last time."""
        whole = b"".join(self._parts)
        self._parts, self.length = [], 0
        return whole


def _definition(session: Session) -> Iterator[str]:
    slugs, _ = queries.slugs(session)
    document = {
        "pages": [_page(session, each) for each in queries.pages(session)],
        "lists": [
            {**_said(each, ListDefinition), "page": slugs.get(each.page_id or 0)}
            for each in queries.lists(session)
        ],
    }
    yield json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _page(session: Session, page: Any) -> dict[str, Any]:
    sections, components = queries.parts(session, page.id)
    groups = [
        {
            **_said(section, SectionDefinition),
            "components": [
                _said(each, ComponentDefinition)
                for each in components
                if each.section_id == section.id
            ],
        }
        for section in sections
    ]
    return {**_said(page, PageDefinition), "sections": [it for it in groups if it["components"]]}


def _said(row: Any, definition: type[Any]) -> dict[str, Any]:
    """What a definition says of *row*."""
    own = [name for name in definition.model_fields if name in row.__table__.columns]
    return {name: getattr(row, name) for name in own}


def _events(session: Session) -> Iterator[str]:
    pages, components = queries.slugs(session)
    for event in queries.events(session):
        told = events.chapters(session, event.id)
        yield (
            _json(
                {
                    "id": event.public_id,
                    "page": pages[event.page_id],
                    "category": event.category,
                    "title": event.title,
                    "created_at": event.created_at,
                    "updates": [
                        {
                            "id": each.update.public_id,
                            "stage": each.update.stage,
                            "body": each.update.body,
                            "starts_at": each.update.starts_at,
                            "ends_at": each.update.ends_at,
                            "components": {components[key]: it for key, it in each.states.items()},
                            "publication": each.publication.state,
                            "public_since": each.publication.started_at,
                        }
                        for each in told
                    ],
                }
            )
            + "\n"
        )
        session.expunge_all()


def _subscribers(session: Session) -> Iterator[str]:
    line = io.StringIO(newline="")
    writer = csv.DictWriter(line, COLUMNS)
    writer.writeheader()
    for each in lines(session):
        writer.writerow({name: safe(value) for name, value in each.items()})
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value)
