"""A mail laid out once for everybody who reads a language: only the days differ by time zone.

Laying out and encoding costs half a millisecond; four hundred zones then cost two languages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape

from channels.email.cleaning import cut, one_line
from channels.email.content import FOOTER, as_html
from channels.email.facts import Facts
from channels.email.plain import as_text, markdown_as_text
from channels.email.quoted import quoted

_MARK = "\ufffc"  # cleaning takes it out of all that people wrote above the days
_FOOTER_STYLE = "margin: 16px 8px; font-size: 13px; color: #6b7280;"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A text with the lines of its days, all else of it encoded."""

    above: bytes
    lines: str
    below: bytes

    def filled(self, days: Sequence[str]) -> bytes:
        """Return it encoded, with *days* in their places."""
        lines = self.lines
        for place, day in enumerate(days):
            lines = lines.replace(_mark(place), day)
        return self.above + quoted(lines) + self.below


@dataclass(frozen=True, slots=True)
class Layout:
    """What a mail says, down to the footers, and what stands below that of the HTML."""

    text: Sheet
    html: Sheet
    tail: bytes


def fill(facts: Facts) -> tuple[bytes, bytes, bytes]:
    """Return the text and the HTML of a mail down to their footers, and the rest of the HTML."""
    marked = ((label, _mark(place)) for place, (label, _) in enumerate(facts.moments))
    layout = _laid_out(replace(facts, moments=tuple(marked)))
    days = [day for _, day in facts.moments]
    return layout.text.filled(days), layout.html.filled([*map(escape, days)]), layout.tail


@lru_cache(maxsize=64)
def _laid_out(facts: Facts) -> Layout:
    preheader = cut(one_line(markdown_as_text(facts.body).partition("\n\n")[0]), 140)
    # What people wrote stands before our footer: the last mark is ours.
    above, _, below = as_html(facts, preheader).rpartition(FOOTER)
    footer = f'\n<div class="footer" style="{_FOOTER_STYLE}">\n'
    days = len(facts.moments)
    return Layout(
        text=_sheet(f"{as_text(facts)}\n", days),
        html=_sheet(above.rstrip() + footer, days),
        tail=quoted(f"</div>{below.rstrip()}\n"),
    )


def _sheet(text: str, days: int) -> Sheet:
    """Cut *text* around the lines of its days, which follow each other."""
    lines = [f"{line}\n" for line in text.removesuffix("\n").split("\n")]
    first = next((at for at, line in enumerate(lines) if _MARK in line), 0)
    above, marked, below = lines[:first], lines[first : first + days], lines[first + days :]
    return Sheet(quoted("".join(above)), "".join(marked), quoted("".join(below)))


def _mark(place: int) -> str:
    return f"{_MARK}{place}{_MARK}"
