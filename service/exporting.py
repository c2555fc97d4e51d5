"""Writes the public site as static files, for a host that depends on nothing of this service.

The site is asked as a visitor would, once with the mirror's address for its own: so every link to
itself is right. What only the living service can do (forms) leads back to it.
"""

import json
import os
import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import structlog
from flask.testing import FlaskClient

from service.app import create_app
from service.pages import queries as pages
from service.runtime import Runtime

log = structlog.get_logger(__name__)

MANIFEST = ".tocsin-export.json"
PACE = 60.0  # seconds between two exports by the ticker
LINK = re.compile(r'(?P<before>\s(?:href|src|action)=")(?P<url>[^"]*)"')
NAME = re.compile(r"[A-Za-z0-9._~-]+")
#: What needs somebody to answer: these links lead to the living service.
ALIVE = re.compile(
    r"/(?:subscribe|webhooks|touched|widget)(?:[/?]|$)|/history/\d"
    r"|^/(?:console|api|-/(?:language|theme))"
)


@dataclass(slots=True)
class Report:
    """What one export did; *failed* names addresses that did not answer as they should."""

    written: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mirror:
    """Where the files go, how the outside reaches them, and where the living service is."""

    folder: Path
    url: str  # without a trailing slash
    alive: str

    @property
    def prefix(self) -> str:
        """The path below which the mirror lives on its host; "" at the root."""
        return urlsplit(self.url).path.rstrip("/")

    def path_of(self, address: str) -> Path | None:
        """Return the file of *address* (`/mail/en/`); None for what cannot be one."""
        parts = [unquote(part) for part in address.strip("/").split("/") if part]
        if not all(NAME.fullmatch(part) and set(part) != {"."} for part in parts):
            return None
        is_file = bool(parts) and "." in parts[-1] and not address.endswith("/")
        return Path(*parts) if is_file else Path(*parts, "index.html")


def export(rt: Runtime, mirror: Mirror) -> Report:
    """Write every public page, feed and calendar; only what changed is touched on disk.

    Raises OSError where *mirror*'s folder cannot be written.
    """
    there = replace(rt, settings=rt.settings.model_copy(update={"public_url": mirror.url}))
    client = create_app(there).test_client()
    report, kept = Report(), set[Path]()
    for path, content in _crawl(client, there, mirror, report):
        kept.add(path)
        if _write(mirror.folder / path, content):
            report.written += 1
        else:
            report.unchanged += 1
    names, earlier = set(map(str, kept)), _earlier(mirror.folder)
    if report.failed:  # half an export must not take away what the last one wrote
        names |= earlier
    else:
        report.removed = _remove(mirror.folder, earlier - names)
    _write(mirror.folder / MANIFEST, json.dumps(sorted(names)).encode())
    return report


class Regularly:
    """Exports at a pace of its own, however often it is called."""

    def __init__(self, rt: Runtime, mirror: Mirror) -> None:
        self._rt, self._mirror, self._next = rt, mirror, 0.0

    def __call__(self) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + PACE
        report = export(self._rt, self._mirror)
        log.info("exported", written=report.written, removed=report.removed, failed=report.failed)


def _crawl(
    client: FlaskClient, rt: Runtime, mirror: Mirror, report: Report
) -> Iterator[tuple[Path, bytes]]:
    waiting = deque(_entrances(rt))
    seen = set(waiting)
    while waiting:
        address = waiting.popleft()
        path = mirror.path_of(address)
        if path is None:
            continue
        answer = client.get(address, headers={"Accept-Language": "en"})
        if 300 <= answer.status_code < 400:  # noqa: PLR2004 - redirects
            target = _inside(answer.headers["Location"], mirror)
            content, found = _redirect(mirror, target), [target] if target else []
        elif answer.status_code == 200:  # noqa: PLR2004
            is_html = answer.mimetype == "text/html"
            content = _turned(answer.data, mirror) if is_html else answer.data
            found = list(_links(answer.data, mirror)) if is_html else []
        else:
            answer.close()
            report.failed.append(address)
            continue
        answer.close()
        yield path, content
        for each in found:
            if each not in seen:
                seen.add(each)
                waiting.append(each)


def _entrances(rt: Runtime) -> Iterator[str]:
    yield "/"
    with rt.read() as session:
        platforms = pages.pages(session)
    for page in platforms:
        yield f"/{page.slug}/"
        for language in page.languages:
            root = f"/{page.slug}/{language}/"
            yield root
            yield f"{root}feeds.opml"
            yield f"{root}calendars/all.ics"


def _links(html: bytes, mirror: Mirror) -> Iterator[str]:
    for found in LINK.finditer(html.decode()):
        inside = _inside(found["url"].replace("&amp;", "&"), mirror)
        if inside and not ALIVE.search(inside) and found["before"].strip() != 'action="':
            yield inside


def _inside(url: str, mirror: Mirror) -> str:
    """Return the address of *url* on the site, without query and fragment; "" for elsewhere."""
    if url.startswith(f"{mirror.url}/"):
        url = url.removeprefix(mirror.url)
    parts = urlsplit(url)
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.query:
        return ""
    return parts.path


def _turned(html: bytes, mirror: Mirror) -> bytes:
    """Return *html* with links that work on the mirror: inside it, or to the living service."""

    def turn(found: re.Match[str]) -> str:
        url = found["url"]
        if not url.startswith("/") or url.startswith("//"):
            return found[0]
        is_alive = found["before"].strip() == 'action="' or ALIVE.search(url) or "?" in url
        return f'{found["before"]}{mirror.alive if is_alive else mirror.prefix}{url}"'

    return LINK.sub(turn, html.decode()).encode()


def _redirect(mirror: Mirror, target: str) -> bytes:
    where = escape(f"{mirror.prefix}{target}" if target else mirror.alive, quote=True)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Tocsin</title>'
        f'<meta http-equiv="refresh" content="0; url={where}"><a href="{where}">{where}</a></html>'
    ).encode()


def _write(path: Path, content: bytes) -> bool:
    """Make *path* hold *content*, at once or not at all; say whether it changed."""
    try:
        if path.read_bytes() == content:
            return False
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(content)
    fresh.replace(path)
    return True


def _earlier(folder: Path) -> set[str]:
    """What earlier exports wrote and none took away."""
    try:
        return set(json.loads((folder / MANIFEST).read_bytes()))
    except (FileNotFoundError, ValueError):
        return set()


def _remove(folder: Path, names: set[str]) -> int:
    """Take *names* away, as far as they lie in *folder*; return how many."""
    gone = [name for name in names if Path(name).parts and ".." not in Path(name).parts]
    for name in gone:
        (folder / name).unlink(missing_ok=True)
    return len(gone)
