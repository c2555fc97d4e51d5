"""Opens a raw mail without ever failing: its own words, its report fields, what it returns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message

LONGEST = 200_000  # bytes of a mail that are read
DEEPEST = 10  # parts within parts
_LEADING = re.compile(rb"\A(?:\s*\n)*(?:>?From [^\n]*\n)?")
_CHARSETS = {"unicode-1-1-utf-7": "utf-7", "iso-2022-jp": "iso2022_jp_ext", "gb2312": "gb18030"}
_RETURNED = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"})
_BLOCK = re.compile(r"</?(?:p|br|div|tr|table|li|ul|h\d)[^>]*>", re.IGNORECASE)
_TAG = re.compile(
    r"<(?:style|script)[^>]*>.*?</(?:style|script)>|</?[a-z!][^>@]*>", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Mail:
    """A raw mail, opened."""

    headers: Message
    notes: str  # what people would read, the returned mail left out
    fields: str  # the text of its delivery-status parts
    feedback: str  # the text of its feedback-report parts
    returned: str  # the returned mail, or its head
    types: frozenset[str]

    def header(self, name: str) -> str:
        """The decoded value of a header, "" where there is none."""
        return decoded(str(self.headers.get(name) or ""))


def open_mail(raw: bytes) -> Mail:
    """Return *raw* opened; garbage gives a mail without anything in it."""
    data = raw[:LONGEST].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = _LEADING.sub(b"", data, count=1)
    message = message_from_bytes(data)
    notes: list[str] = []
    html: list[str] = []
    kept: dict[str, list[str]] = {"status": [], "feedback": [], "returned": []}
    types = set()
    for part in _leaves(message):
        kind = part.get_content_type()
        types.add(kind)
        if kind in _RETURNED:
            kept["returned"].append(_inside(part))
        elif kind in {"message/delivery-status", "message/global-delivery-status"}:
            kept["status"].append(_inside(part))
        elif kind == "message/feedback-report":
            kept["feedback"].append(_inside(part))
        elif kind == "text/html":
            html.append(_TAG.sub(" ", _BLOCK.sub("\n", text_of(part))))
        elif kind.startswith("text/") or part.get_content_maintype() == "multipart":
            # a multipart whose boundary never comes is read as it stands
            notes.append(text_of(part))
    said = "\n".join(notes)
    return Mail(
        message,
        said if said.strip() else "\n".join(html),
        "\n\n".join(kept["status"]),
        "\n".join(kept["feedback"]),
        "\n".join(kept["returned"]),
        frozenset(types),
    )


def _leaves(message: Message, depth: int = 0) -> Iterator[Message]:
    payload = message.get_payload()
    multipart = message.get_content_maintype() == "multipart"
    if multipart and isinstance(payload, list) and depth < DEEPEST:
        for part in payload:
            if isinstance(part, Message):
                yield from _leaves(part, depth + 1)
    else:
        yield message


def _inside(part: Message) -> str:
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n".join(_written(inner) for inner in payload)
    return text_of(part)


def _written(inner: object) -> str:
    try:
        return str(inner)
    except (MessageError, LookupError, UnicodeError, ValueError, KeyError, TypeError):
        return ""


def text_of(part: Message) -> str:
    """Return the words of one leaf, whatever its transfer encoding and charset pretend to be."""
    try:
        payload = part.get_payload(decode=True)
    except (LookupError, ValueError, AssertionError):
        payload = None
    if not isinstance(payload, bytes):
        raw = part.get_payload()
        return raw if isinstance(raw, str) else ""
    return _text(payload, str(part.get_param("charset") or "utf-8"))


def _text(data: bytes, charset: str) -> str:
    name = charset.strip("\"' ").lower()
    for attempt in (_CHARSETS.get(name, name), "utf-8", "latin-1"):
        try:
            return data.decode(attempt)
        except (LookupError, UnicodeError, ValueError):
            continue
    return ""


def decoded(value: str) -> str:
    """Return a header's value with its encoded words opened."""
    try:
        parts = decode_header(value)
    except (MessageError, ValueError):
        return value
    return "".join(
        _text(part, charset or "latin-1") if isinstance(part, bytes) else part
        for part, charset in parts
    )
