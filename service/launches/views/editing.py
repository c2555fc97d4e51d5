"""The form of a launch plan, to and from the document that files and programs give.

A row is `parties.0.title`; an empty title and key leave it out. Times are on the clock of a zone.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from scheduling import zones
from service.launches.plan import CHECKS, CRITERIA, PARTIES, RISKS
from service.web.i18n import has_words, t

Document = dict[str, Any]

LINES = ("title", "publication", "responsible", "backup", "mechanism")
TIMES = ("moment", "interruption_from", "interruption_to")
#: What a row of each kind says beside its key, and which of it are boxes to tick.
ROWS: Mapping[str, tuple[str, ...]] = {
    "parties": ("title", "side", "contacts", "language", "is_standby"),
    "checks": ("title", "is_blocking"),
    "risks": ("title", "mitigation"),
    "criteria": ("title", "measure", "at_least", "at_most"),
}
BOXES = frozenset({"is_standby", "is_blocking"})
BOUNDS = frozenset({"at_least", "at_most"})
#: Where the words of a preset row are.
WORDS = {"parties": "party", "checks": "check", "risks": "risk", "criteria": "measure"}
SPARE = 2  # empty rows of each kind, to add to it
MOST = 60  # rows of a kind that are read


def preset() -> Document:
    """Return what a new plan starts with."""
    rows = {"parties": PARTIES, "checks": CHECKS, "risks": RISKS, "criteria": CRITERIA}
    return {
        name: [each.model_dump(mode="json") for each in presets] for name, presets in rows.items()
    }


def document(form: Mapping[str, str], slug: str, zone: str) -> Document:
    """Return the plan that was filled in, unchecked; what is no time in *zone* stays as it is."""
    given: Document = {name: form[name].strip() for name in LINES if form.get(name, "").strip()}
    given["slug"] = slug or key_of(form.get("title", ""))
    for name in TIMES:
        if text := form.get(name, "").strip():
            given[name] = _instant(zone, text)
    for name in ("dependencies", "seeds"):
        given[name] = _lines(form.get(name, ""))
    for name in ROWS:
        given[name] = list(_rows(form, name))
    return given


def on_clock(zone: str, value: Any) -> str:
    """Return an instant of a plan as `<input type="datetime-local">` takes it."""
    if not value:
        return ""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return zones.wall_clock(zone, moment).strftime("%Y-%m-%dT%H:%M")


def words_of(kind: str, row: Mapping[str, Any]) -> str:
    """Return the title of a row; a preset one has words in the reader's language."""
    name = f"launches.{WORDS[kind]}.{row.get('measure' if kind == 'criteria' else 'key', '')}"
    return str(row.get("title") or (t(name) if has_words(name) else row.get("key", "")))


def key_of(title: str) -> str:
    """Return a key made of a title: `Données prêtes` is `donnees-pretes`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def _rows(form: Mapping[str, str], kind: str) -> Iterator[Document]:
    taken: set[str] = set()
    for number in range(MOST):
        if row := _row(form, kind, f"{kind}.{number}."):
            if row["key"] in taken:
                row["key"] = f"{row['key']}-{number}"
            taken.add(row["key"])
            yield row


def _row(form: Mapping[str, str], kind: str, prefix: str) -> Document:
    key, title = form.get(f"{prefix}key", "").strip(), form.get(f"{prefix}title", "").strip()
    if form.get(f"{prefix}remove") or not (key or title):
        return {}
    row: Document = {"key": key or key_of(title) or "other"}
    for name in ROWS[kind]:
        value = form.get(f"{prefix}{name}", "").strip()
        if name in BOXES:
            row[name] = bool(value)
        elif name == "contacts":
            row[name] = _lines(value.replace(",", "\n"))
        elif name in BOUNDS:
            row[name] = _number(value)
        elif value:
            row[name] = value
    if title == words_of(kind, {**row, "title": ""}):
        row.pop("title", None)  # its preset words, which every reader has in their own language
    return row


def _lines(text: str) -> list[str]:
    return [each.strip() for each in text.splitlines() if each.strip()]


def _number(text: str) -> float | str | None:
    try:
        return float(text.replace(",", ".")) if text else None
    except ValueError:
        return text  # the plan says what is wrong with it


def _instant(zone: str, text: str) -> datetime | str:
    try:
        return zones.to_utc(zone, datetime.fromisoformat(text))
    except (ValueError, OverflowError):  # `BeyondZoneData` is one
        return text  # the plan says what is wrong with it
