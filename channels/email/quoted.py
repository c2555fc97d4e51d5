"""Quoted-printable pieces that can be joined: each starts at the first column of a line.

No line starts with a dot, so that nothing has to be stuffed for DATA, nor with "From ".

Never 8bit: a relay that converts on the way breaks the signature.
"""

import re
from binascii import b2a_qp
from functools import lru_cache
from html import escape

from channels.email.cleaning import one_line

SOFT = b"=\r\n"
_TELLING = (b".", b"From ")
_AT_START = re.compile(rb"^(?:\.+|F(?=rom ))", re.MULTILINE)


def quoted(text: str) -> bytes:
    """Return *text*, lines ended by LF, as quoted-printable lines ended by CRLF."""
    return _lines(text.encode("utf-8", "replace"))


def piece(text: str) -> bytes:
    """Return *text* so that what follows continues its last line, from the first column."""
    return quoted(text) if text.endswith("\n") else quoted(text) + SOFT


def _lines(data: bytes) -> bytes:
    lines = b2a_qp(data)
    if lines.startswith(_TELLING) or b"\n." in lines or b"\nF" in lines:
        lines = _AT_START.sub(_spelt_out, lines)
    return lines.replace(b"\n", b"\r\n")


def _spelt_out(found: re.Match[bytes]) -> bytes:
    # With a line for each, so that none grows over 76 columns.
    return b"".join(b"=%02X=\n" % character for character in found[0])


@lru_cache(maxsize=512)
def paragraph(words: str) -> tuple[bytes, bytes]:
    """Return *words* as a line of text and as a paragraph of HTML; most are seen again."""
    words = one_line(words)
    return quoted(words + "\n"), quoted(f"<p>{escape(words)}</p>\n")


def link(url: str) -> tuple[bytes, bytes]:
    """Return *url*, in ASCII, as a line of text and as the inside of an HTML attribute."""
    line = _lines(url.encode("ascii"))
    if "&" not in url and "'" not in url:
        return line + b"\r\n", line + SOFT
    return line + b"\r\n", _lines(escape(url).encode("ascii")) + SOFT
