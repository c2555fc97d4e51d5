"""Takes a letter apart for people to read."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass(frozen=True, slots=True)
class Contents:
    """What a letter says."""

    subject: str
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str  # "" where there is none
    others: tuple[str, ...]  # names of further parts


def read(raw: bytes) -> Contents:
    """Return the contents of a letter; whatever cannot be decoded is replaced."""
    letter = message_from_bytes(raw, policy=policy.default)
    return Contents(
        subject=str(letter.get("Subject", "")),
        headers=tuple((name, str(value)) for name, value in letter.items()),
        text=_body(letter, "plain"),
        html=_body(letter, "html"),
        others=tuple(_others(letter)),
    )


def subject(raw: bytes) -> str:
    """Return the subject of a letter."""
    head = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    return str(message_from_bytes(head, policy=policy.default).get("Subject", ""))


def _body(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body((kind,))
    return "" if part is None else str(part.get_content())


def _others(letter: EmailMessage) -> Iterator[str]:
    bodies = {id(letter.get_body(("plain",))), id(letter.get_body(("html",)))}
    for part in letter.walk():
        if not part.is_multipart() and id(part) not in bodies:
            yield part.get_filename() or part.get_content_type()
