"""From the files of an export to its objects: JSON and CSV, one by one, in a folder or in a zip."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from service.errors import invalid

LARGEST = 64 * 1024 * 1024  # bytes of all files together, unpacked
ENDINGS = (".json", ".csv", ".zip")
KINDS = ("components", "incidents", "subscribers")

#: What was found in files: the page (or None), and objects by kind. JSON, to be kept.
Content = dict[str, Any]
File = tuple[str, bytes]


def at(paths: Iterable[Path]) -> Content:
    """Return what the files at *paths* hold; a folder stands for the files in it."""
    return content((each.name, each.read_bytes()) for path in paths for each in _files(path))


def content(files: Iterable[File]) -> Content:
    """Return what *files*, by name, hold; raises `Invalid` naming the file that cannot be used."""
    found: Content = {"page": None, **{kind: {} for kind in KINDS}}
    left = LARGEST
    for name, body in _unpacked(files):
        left -= len(body)
        if left < 0:
            raise invalid("/files", "all together is too much: hand it in in parts", "too_large")
        for kind, item in _csv(name, body) if name.endswith(".csv") else _json(name, body):
            _keep(found, kind, item)
    if not any(found[kind] for kind in KINDS):
        raise invalid("/files", "there are no components, incidents or subscribers", "nothing")
    return {"page": found["page"], **{kind: list(found[kind].values()) for kind in KINDS}}


def _keep(found: Content, kind: str, item: Mapping[str, Any]) -> None:
    if kind == "page":
        found["page"] = found["page"] or item
        return
    key = str(item.get("id") or item.get("email") or f"no. {len(found[kind])}")
    before = found[kind].get(key)
    if before is None or _length(item) > _length(before):  # the same one, told in more files
        found[kind][key] = item


def _length(item: Mapping[str, Any]) -> int:
    updates = item.get("incident_updates")
    return len(updates) if isinstance(updates, list) else 0


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(each for each in path.rglob("*") if each.suffix.lower() in ENDINGS)


def _unpacked(files: Iterable[File]) -> Iterator[File]:
    for name, body in files:
        if not name.lower().endswith(ENDINGS):
            raise invalid("/files", f"{name}: use JSON, CSV or zip files", "ending")
        if name.lower().endswith(".zip"):
            yield from _in_zip(name, body)
        else:
            yield name.lower(), body


def _in_zip(name: str, body: bytes) -> Iterator[File]:
    left = LARGEST
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for entry in archive.infolist():
                inner = PurePosixPath(entry.filename).name.lower()
                if entry.is_dir() or not inner.endswith((".json", ".csv")):
                    continue
                with archive.open(entry) as file:  # its own word on its size may be a lie
                    unpacked = file.read(left + 1)
                left -= len(unpacked)
                if left < 0:
                    raise invalid("/files", f"{name}: unpacked it is too large", "too_large")
                yield inner, unpacked
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError):
        raise invalid("/files", f"{name}: this is no zip file that can be read", "zip") from None


def _json(name: str, body: bytes) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        found = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise invalid("/files", f"{name}: this is not JSON", "json") from None
    if isinstance(found, dict):
        yield from _of_document(found)
    else:
        yield from _sorted_out(name, found)


def _of_document(found: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(found.get("page"), dict):
        yield "page", found["page"]
    elif "subdomain" in found and "time_zone" in found:
        yield "page", found  # v1: the page by itself
    homes = {
        "components": "components",
        "component_groups": "components",
        "incidents": "incidents",
        "scheduled_maintenances": "incidents",
        "subscribers": "subscribers",
    }
    for key, kind in homes.items():
        items = found.get(key)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                yield kind, item


def _sorted_out(name: str, found: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A bare list, as v1 answers: its objects are told apart by what they say."""
    items = found if isinstance(found, list) else [found]
    for item in items:
        kind = _kind(item) if isinstance(item, dict) else None
        if kind is None:
            raise invalid("/files", f"{name}: this is no export of Statuspage", "unknown")
        yield kind, item


def _kind(item: Mapping[str, Any]) -> str | None:
    if "incident_updates" in item:
        return "incidents"
    if "mode" in item or "email" in item or "endpoint" in item:
        return "subscribers"
    if "name" in item and ("status" in item or "components" in item):
        return "components"
    return None


def _csv(name: str, body: bytes) -> Iterator[tuple[str, Mapping[str, Any]]]:
    text = body.decode("utf-8-sig", errors="replace")
    head = text.partition("\n")[0]
    csv.field_size_limit(64 * 1024)
    delimiter = ";" if head.count(";") > head.count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = [_column(each) for each in reader.fieldnames or ()]
    kind = _kind(dict.fromkeys(columns))
    if kind is None:
        detail = f"{name}: the first line names no columns of subscribers or components"
        raise invalid("/files", detail, "header")
    reader.fieldnames = columns
    try:
        for row in reader:
            yield kind, {key: value for key, value in row.items() if key and value is not None}
    except csv.Error as error:
        raise invalid("/files", f"{name}: {error}", "csv") from None


def _column(heading: str) -> str:
    word = "_".join(heading.strip().lower().replace("-", " ").split())
    return {"email_address": "email", "type": "mode", "subscribed_at": "created_at"}.get(word, word)
