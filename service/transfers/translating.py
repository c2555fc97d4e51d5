"""From Statuspage's words to ours: pure functions."""

import hashlib
import re
import string
import unicodedata
from collections.abc import Mapping
from html.parser import HTMLParser

from service.events.models import Category, EventStage
from service.pages.models import State

STATES: Mapping[str, State] = {
    "operational": State.OPERATIONAL,
    "under_maintenance": State.MAINTENANCE,
    "degraded_performance": State.MINOR,
    "partial_outage": State.MAJOR,
    "major_outage": State.DOWN,
}

#: What an incident did to its components where it does not say so of each.
IMPACTS: Mapping[str, State] = {
    "none": State.OPERATIONAL,
    "minor": State.MINOR,
    "major": State.MAJOR,
    "critical": State.DOWN,
    "maintenance": State.MAINTENANCE,
}

STAGES: Mapping[Category, Mapping[str, EventStage]] = {
    Category.INCIDENT: {
        each.value: each
        for each in (
            EventStage.INVESTIGATING,
            EventStage.IDENTIFIED,
            EventStage.MONITORING,
            EventStage.RESOLVED,
            EventStage.POSTMORTEM,
        )
    },
    Category.MAINTENANCE: {
        each.value: each
        for each in (
            EventStage.SCHEDULED,
            EventStage.IN_PROGRESS,
            EventStage.VERIFYING,
            EventStage.COMPLETED,
        )
    },
}

_ID = re.compile(r"[a-z0-9]{12}")
_TAGS = re.compile(
    r"</?(?:br|p|a|b|i|em|strong|ul|ol|li|div|span|h[1-6]|pre|code)\b[^<>]*>", re.IGNORECASE
)
_BREAKS = frozenset({"br", "p", "div", "li", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6"})
_ALPHABET = string.digits + string.ascii_lowercase


def own_id(given: str) -> str:
    """Return what the outside will call it here: the same, where it has the form of our ids.

    So whoever reads the v2 API by id goes on reading. Others get one made of theirs, always the
    same: a second import finds it.
    """
    if _ID.fullmatch(given):
        return given
    number = int.from_bytes(hashlib.sha256(given.encode()).digest()[:8], "big")
    made = ""
    for _ in range(12):
        number, digit = divmod(number, len(_ALPHABET))
        made += _ALPHABET[digit]
    return made


def slug_of(name: str, taken: set[str]) -> str:
    """Return the name of something in addresses, unlike those *taken*; it is taken then."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    word = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or "service"
    found, no = word, 2
    while found in taken:
        found, no = f"{word}-{no}", no + 1
    taken.add(found)
    return found


def plain(body: str) -> str:
    """Return *body*, which may be HTML, as the Markdown without HTML that is shown here."""
    text = body.replace("\x00", "").strip()
    if not _TAGS.search(text):
        return text
    reader = _Plain()
    reader.feed(text)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.parts)).strip()


class _Plain(HTMLParser):
    """Keeps the text of HTML, its lines and where its links lead."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._links.append(dict(attrs).get("href") or "")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in _BREAKS:
            self.parts.append("\n" if tag == "br" else "\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links and (link := self._links.pop()):
            self.parts.append(f" ({link})")
        elif tag in _BREAKS and tag not in ("br", "li"):
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
