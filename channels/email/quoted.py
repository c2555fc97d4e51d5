"""Quoted-printable pieces that can be joined: each starts at the first column of a line.

Never 8bit: a relay that converts on the way breaks the signature.
"""

from binascii import b2a_qp
from functools import lru_cache
from html import escape

SOFT = b"=\r\n"


def quoted(text: str) -> bytes:
    """Return *text*, lines ended by LF, as quoted-printable lines ended by CRLF."""
    return b2a_qp(text.encode("utf-8", "replace")).replace(b"\n", b"\r\n")


def piece(text: str) -> bytes:
    """Return *text* so that what follows continues its last line, from the first column."""
    return quoted(text) if text.endswith("\n") else quoted(text) + SOFT


@lru_cache(maxsize=512)
def paragraph(words: str) -> tuple[bytes, bytes]:
    """Return *words* as a line of text and as a paragraph of HTML; most are seen again."""
    return quoted(words + "\n"), quoted(f"<p>{escape(words)}</p>\n")


def link(url: str) -> tuple[bytes, bytes]:
    """Return *url*, in ASCII, as a line of text and as the inside of an HTML attribute."""
    line = b2a_qp(url.encode("ascii")).replace(b"\n", b"\r\n")
    if "&" not in url and "'" not in url:
        return line + b"\r\n", line + SOFT
    return line + b"\r\n", b2a_qp(escape(url).encode("ascii")).replace(b"\n", b"\r\n") + SOFT
