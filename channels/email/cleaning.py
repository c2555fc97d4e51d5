"""Makes texts from anywhere safe to put in a header, a line or a page."""

import re
import unicodedata

LONGEST_TITLE = 180  # characters; a subject beyond 78 is cut by most clients anyway

# Controls, format characters that reorder or hide text, unpaired surrogates, line separators.
# Joiners (U+200C, U+200D) stay: Persian and emoji need them.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufe00-\ufe0e\ufeff\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_SPACES = re.compile(r"[ \t\n]+")  # no-break spaces belong to French punctuation
_BREAKS = re.compile(r"\r\n?|\u2028|\u2029|\x85|\x0b|\x0c")


def one_line(text: str) -> str:
    """Return *text* on one line, without anything that is not seen."""
    return _UNSAFE.sub("", _SPACES.sub(" ", _BREAKS.sub(" ", text))).strip()


def lines(text: str) -> str:
    """Return *text* with LF line ends, without anything else that is not seen."""
    return _UNSAFE.sub("", unicodedata.normalize("NFC", _BREAKS.sub("\n", text)))


def cut(text: str, longest: int = LONGEST_TITLE) -> str:
    """Return *text* within *longest* characters, ending on a word and an ellipsis."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    whole, space, _ = head.rpartition(" ")
    return (whole if space and len(whole) > longest // 2 else head) + "…"
