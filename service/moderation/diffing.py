"""What a revision says differently from the one before it, word by word. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from channels.base import Message, Text
from service.publications.freezing import thaw
from service.publications.models import Publication

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words: `kept`, `added` or `dropped`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Two revisions beside each other."""

    revision: int  # of the older one
    public_id: str
    titles: Mapping[str, tuple[Piece, ...]]  # by language: those that differ
    bodies: Mapping[str, tuple[Piece, ...]]
    others: tuple[str, ...]  # what else differs: `audience`, `plan`, `urgency`, `expires_at` …

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages whose words differ."""
        return tuple(dict.fromkeys((*self.titles, *self.bodies)))


def difference(old: Publication, new: Publication) -> Difference:
    """Return what *new* says differently from *old*."""
    before, after = thaw(old.content), thaw(new.content)
    return Difference(
        revision=old.revision,
        public_id=old.public_id,
        titles=_changed(before, after, "title"),
        bodies=_changed(before, after, "body"),
        others=tuple(_others(old, new, before, after)),
    )


def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """Return *new* in pieces, with what was dropped of *old* where it stood."""
    ours, theirs = _WORDS.findall(old), _WORDS.findall(new)
    found: list[Piece] = []
    for kind, i, j, k, m in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Piece("kept", "".join(ours[i:j])))
            continue
        if i < j:
            found.append(Piece("dropped", "".join(ours[i:j])))
        if k < m:
            found.append(Piece("added", "".join(theirs[k:m])))
    return tuple(found)


def _changed(before: Message, after: Message, part: str) -> dict[str, tuple[Piece, ...]]:
    found = {}
    for language in dict.fromkeys((*before.texts, *after.texts)):
        old = getattr(before.texts.get(language, _NOTHING), part)
        new = getattr(after.texts.get(language, _NOTHING), part)
        if old != new:
            found[language] = pieces(old, new)
    return found


def _others(old: Publication, new: Publication, before: Message, after: Message) -> Iterator[str]:
    if old.audience != new.audience:
        yield "audience"
    if old.plan != new.plan:
        yield "plan"
    if old.urgency != new.urgency:
        yield "urgency"
    if old.expires_at != new.expires_at:
        yield "expires_at"
    if (before.starts_at, before.ends_at) != (after.starts_at, after.ends_at):
        yield "times"
    if before.touched != after.touched:
        yield "components"
    if before.severity != after.severity:
        yield "severity"
