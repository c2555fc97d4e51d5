"""Reads a post that came by mail: its words as Markdown, whatever charset and shape they had."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from html.parser import HTMLParser

from channels.email.bounces.reading import decoded, text_of

LONGEST = 100_000  # characters of a post
LONGEST_NAME = 120  # of a file
_SIGNATURE = re.compile(r"\n-- ?\n.*\Z", re.DOTALL)
_BLANK = re.compile(r"\n{3,}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_SKIPPED = frozenset({"style", "script", "head", "title"})
_BREAKS = frozenset({"p", "div", "tr", "table", "ul", "ol", "blockquote", "section", "h1", "h2"})
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`"}
_WORDS = frozenset({"text/plain", "text/html"})
_NOT_FILES = frozenset({"application/pgp-signature", "application/pkcs7-signature"})


@dataclass(frozen=True, slots=True)
class File:
    """Something that came along with a post."""

    name: str  # without a path, fit to be shown
    data: bytes


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody wrote to a list."""

    subject: str
    body: str  # Markdown
    attachments: tuple[str, ...]


def read_post(message: Message) -> Post:
    """Return the words of *message*: its plain part, else its HTML made plain."""
    plain: list[str] = []
    html: list[str] = []
    files: list[str] = []
    for part in _leaves(message):
        kind = part.get_content_type()
        if _is_file(part):
            files.append(_name(part))
        elif kind == "text/html":
            html.append(to_markdown(text_of(part)))
        else:  # also a multipart whose boundary never comes, read as it stands
            plain.append(_unflowed(part, text_of(part)))
    words = "\n\n".join(plain)
    body = words if words.strip() else "\n\n".join(html)
    subject = " ".join(decoded(str(message.get("Subject") or "")).split())
    return Post(_clean(subject), _tidy(body), tuple(files))


def files_of(raw: bytes) -> list[File]:
    """Return the files in a mail, in the order of `Post.attachments`."""
    return [
        File(_name(part), _bytes(part))
        for part in _leaves(message_from_bytes(raw))
        if _is_file(part)
    ]


def _is_file(part: Message) -> bool:
    kind = part.get_content_type()
    if kind in _NOT_FILES:
        return False
    named = bool(part.get_filename()) or part.get_content_disposition() == "attachment"
    return named or not (kind in _WORDS or part.get_content_maintype() == "multipart")


def _name(part: Message) -> str:
    """What a file is called: the last part of its path, in one line."""
    given = _clean(decoded(str(part.get_filename() or ""))).replace("\\", "/")
    name = " ".join(given.rpartition("/")[2].split())[-LONGEST_NAME:].lstrip(".")
    return name or part.get_content_type().replace("/", "-")


def _bytes(part: Message) -> bytes:
    """The bytes of a file; of an attached mail, the mail as it was written."""
    try:
        data = part.get_payload(decode=True)
    except (LookupError, ValueError, AssertionError):
        data = None
    if isinstance(data, bytes):
        return data
    return "\n".join(map(str, part.get_payload())).encode("utf-8", "replace")


def to_markdown(html: str) -> str:
    """Return the words of *html* with links, emphasis, lists and headings, and nothing else."""
    writer = _Writer()
    writer.feed(html[: 4 * LONGEST])
    writer.close()
    return "".join(writer.words)


class _Writer(HTMLParser):
    """Writes Markdown from tags; what it does not know leaves its words only."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._skipped = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write what opens *tag*."""
        if tag in _SKIPPED:
            self._skipped += 1
        elif tag == "br":
            self.words.append("\n")
        elif tag == "li":
            self.words.append("\n- ")
        elif tag in _BREAKS:
            self.words.append("\n\n")
        elif tag in _MARKS:
            self.words.append(_MARKS[tag])
        elif tag == "a":
            address = dict(attrs).get("href") or ""
            safe = address.startswith(("https://", "http://", "mailto:")) and " " not in address
            self._links.append(address if safe else "")
            self.words.append("[" if safe else "")

    def handle_endtag(self, tag: str) -> None:
        """Write what closes *tag*."""
        if tag in _SKIPPED:
            self._skipped = max(0, self._skipped - 1)
        elif tag in _BREAKS:
            self.words.append("\n\n")
        elif tag in _MARKS:
            self.words.append(_MARKS[tag])
        elif tag == "a" and self._links:
            address = self._links.pop()
            self.words.append(f"](<{address.replace('>', '%3E')}>)" if address else "")

    def handle_data(self, data: str) -> None:
        """Write words, their white space single."""
        if not self._skipped:
            self.words.append(re.sub(r"\s+", " ", data))


def _leaves(message: Message, depth: int = 0) -> Iterator[Message]:
    payload = message.get_payload()
    if isinstance(payload, list) and depth < 10 and message.get_content_maintype() == "multipart":  # noqa: PLR2004
        for part in payload:
            if isinstance(part, Message):
                yield from _leaves(part, depth + 1)
    else:
        yield message


def _unflowed(part: Message, words: str) -> str:
    """Undo `format=flowed` (RFC 3676): a line that ends with a space goes on."""
    if str(part.get_param("format") or "").lower() != "flowed":
        return words
    return re.sub(r"(?<!\n--) \n(?!\n)", " ", words)


def _tidy(words: str) -> str:
    text = words.replace("\r\n", "\n").replace("\r", "\n")
    text = _SIGNATURE.sub("", f"\n{text}")
    lines = (line.rstrip() for line in text.split("\n"))
    return _BLANK.sub("\n\n", _clean("\n".join(lines))).strip()[:LONGEST]


def _clean(words: str) -> str:
    return _CONTROL.sub("", words.encode("utf-8", "replace").decode("utf-8"))
