"""Header lines as they travel: ASCII, folded where no reader is upset.

The standard library folds a long List-Unsubscribe into encoded words and so destroys one-click
unsubscription. Structured values are therefore folded after commas only, and texts are encoded
here, in words that each decode alone (RFC 2047).
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from channels.base import Refused
from channels.email.cleaning import cut, one_line

WIDTH = 76
LONGEST = 300  # characters of a text: even one endless word stays within RFC 5322's 998
_WORD_BYTES = 42  # 56 characters of base64, 68 with its frame
_SAFE_VALUE = re.compile(r"[\x20-\x7e]{1,900}")
_SAFE_URL = re.compile(r"(?:https?|mailto):[!#-;=?-\[\]_a-z~%]{1,1500}")
_LIST_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,200}[A-Za-z0-9])?")
_ATOMS = re.compile(r"[A-Za-z0-9 ]+")


def plain(name: str, value: str) -> bytes:
    """Return the line for a structured *value* that is never folded."""
    if not _SAFE_VALUE.fullmatch(value):
        raise ValueError(f"{name}: cannot be written in a header")
    return f"{name}: {value}\r\n".encode("ascii")


def text(name: str, value: str) -> bytes:
    """Return the line for words meant for people."""
    value = cut(one_line(value), LONGEST)
    room = WIDTH - len(name) - 2
    if value.isascii() and "=?" not in value:
        return f"{name}: {_fold(value, room)}\r\n".encode("ascii")
    return f"{name}: {_words(value)}\r\n".encode("ascii")


def uris(name: str, values: Sequence[str]) -> bytes:
    """Return the line for a list of URIs in angle brackets, folded after commas only."""
    return f"{name}: {(',' + chr(13) + chr(10) + ' ').join(f'<{v}>' for v in values)}\r\n".encode()


def mailbox(name: str, display: str, address: str) -> bytes:
    """Return the line for one mailbox with its display name."""
    phrase = _phrase(display)
    frame = f"{phrase}\r\n <{address}>" if phrase else f"<{address}>"
    return f"{name}: {frame}\r\n".encode("ascii")


def list_id(display: str, identifier: str) -> bytes:
    """Return List-Id (RFC 2919), or nothing where *identifier* cannot be one."""
    if not _LIST_ID.fullmatch(identifier):
        return b""
    phrase = _phrase(display)
    frame = f"{phrase}\r\n <{identifier}>" if phrase else f"<{identifier}>"
    return f"List-Id: {frame}\r\n".encode("ascii")


def safe_url(url: str) -> bool:
    """Tell whether *url* can stand between angle brackets."""
    return _SAFE_URL.fullmatch(url) is not None


@lru_cache(maxsize=32)
def ascii_address(field_name: str, address: str) -> str:
    """Return our own *address* as every server takes it; raises `Refused`."""
    # A new installation begins as status@localhost, a name that the library knows as reserved.
    name, _, host = address.rpartition("@")
    probe = f"{name}@local.test" if host == "localhost" else address
    try:
        checked = validate_email(probe, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise Refused(field_name, "invalid", str(error)) from error
    if checked.ascii_email is None:
        raise Refused(field_name, "not_ascii", "our own address must be ASCII")
    return address if probe is not address else checked.ascii_email


def _phrase(display: str) -> str:
    display = cut(one_line(display), 100)
    if display.isascii() and "=?" not in display:
        if _ATOMS.fullmatch(display) or not display:
            return display
        return '"' + display.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return _words(display)


def _words(value: str) -> str:
    words, word = [], b""
    for character in value:
        encoded = character.encode("utf-8", "replace")
        if len(word) + len(encoded) > _WORD_BYTES:
            words.append(word)
            word = b""
        word += encoded
    return "\r\n ".join(f"=?utf-8?b?{b64encode(w).decode()}?=" for w in [*words, word])


def _fold(value: str, room: int) -> str:
    lines = [""]
    for word in value.split(" "):
        line = lines[-1]
        if line and len(line) + 1 + len(word) > room:
            lines.append(word)
            room = WIDTH
        else:
            lines[-1] = f"{line} {word}" if line else word
    return "\r\n ".join(lines)
