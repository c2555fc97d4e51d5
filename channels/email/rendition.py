"""A message compiled once into bytes, and spliced for one recipient in a few microseconds.

Building a mail with the standard library costs 1.6 ms a recipient; joining bytes costs 5 µs.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import NamedTuple

from channels.base import Message, Parcel, Slots
from channels.email.appointment import appointment
from channels.email.envelope import static_head
from channels.email.facts import Local, gather
from channels.email.headers import safe_url
from channels.email.layout import fill
from channels.email.quoted import link, paragraph, piece, quoted

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~=-]{0,119}")
_RECIPIENT = re.compile(r"[^\s<>(),:;\[\]\\\"@\x00-\x1f\x7f-\x9f]{1,64}@[A-Za-z0-9.-]{1,255}")
_LOCAL = re.compile(r"[a-z]{1,8}\+[a-z2-7]{8,56}")
FOOTER_MARK = "-- \n"  # RFC 3676 4.3: what follows is not the message


class Unspliceable(ValueError):
    """A parcel holds something that cannot stand in a mail."""


@dataclass(frozen=True, slots=True)
class Label:
    """What stands around one link of the footer, encoded."""

    text: bytes  # before the URL, which has a line of its own
    html: bytes  # up to the URL
    after: bytes  # behind the URL


@dataclass(frozen=True, slots=True)
class Rendition:
    """One message in one language and zone, with room for what differs."""

    host: str  # right side of Message-IDs
    bulk: bool
    head: bytes  # header lines that are the same for everybody
    text: bytes  # the text part down to the slots of its footer
    html: bytes  # from there down to the slots of the HTML footer
    tail: bytes
    unsubscribe: Label
    preferences: Label


class Letter(NamedTuple):
    """A mail for one recipient, in pieces of whole lines."""

    sender: str  # of the envelope
    recipient: str
    head: tuple[bytes, ...]
    body: tuple[bytes, ...]

    def message(self, signature: bytes = b"") -> bytes:
        """Return the mail as it travels, under *signature*."""
        return b"".join((signature, *self.head, b"\r\n", *self.body))


def compile_message(message: Message, locale: str, zone: str, host: str, local: Local) -> Rendition:
    """Return *message* for people of *locale* and *zone*, to be spliced."""
    facts = gather(message, locale, zone, local)
    text, html, tail = fill(facts)
    boundary = _boundary(message, locale, zone)
    return Rendition(
        host=host,
        bulk=message.bulk,
        head=static_head(message, facts, host, boundary),
        text=_part(boundary, "plain") + text + (quoted(FOOTER_MARK) if message.bulk else b""),
        html=b"\r\n" + _part(boundary, "html") + html,
        tail=tail + appointment(message, facts, boundary) + f"\r\n--{boundary}--\r\n".encode(),
        unsubscribe=_label(facts.words.unsubscribe, facts.words.colon),
        preferences=_label(facts.words.preferences, facts.words.colon),
    )


def splice(rendition: Rendition, parcel: Parcel) -> Letter:
    """Return the mail of *parcel*, the same bytes every time; raises `Unspliceable`."""
    recipient, slots = parcel.address.value, parcel.slots
    if not (_ID.fullmatch(parcel.id) and _RECIPIENT.fullmatch(recipient)):
        raise Unspliceable("the id or the address of a parcel cannot stand in a mail")
    why_text, why_html = paragraph(slots.why) if slots.why else (b"", b"")
    leave_text, leave_html = _footer_link(rendition.unsubscribe, slots.unsubscribe_url)
    change_text, change_html = _footer_link(rendition.preferences, slots.preferences_url)
    return Letter(
        sender=f"{_local(slots.return_path) or f'b+{parcel.id}'}@{rendition.host}",
        recipient=recipient,
        head=(rendition.head, _personal_head(rendition, parcel.id, recipient, slots)),
        body=(
            rendition.text,
            why_text,
            leave_text,
            change_text,
            rendition.html,
            why_html,
            leave_html,
            change_html,
            rendition.tail,
        ),
    )


def message_id(parcel_id: str, host: str) -> str:
    """Return the Message-ID of a parcel: the same on every attempt."""
    return f"<d.{parcel_id}@{host}>"


def _personal_head(rendition: Rendition, parcel_id: str, recipient: str, slots: Slots) -> bytes:
    host = rendition.host
    head = f"To: <{recipient}>\r\nMessage-ID: {message_id(parcel_id, host)}\r\n"
    if slots.thread and slots.thread != parcel_id:
        if not _ID.fullmatch(slots.thread):
            raise Unspliceable("the thread of a parcel cannot stand in a mail")
        first = message_id(slots.thread, host)
        head += f"In-Reply-To: {first}\r\nReferences: {first}\r\n"
    if rendition.bulk and slots.unsubscribe_url:
        # Without inbound mail by HTTPS only: an address that nobody reads is worse than none.
        by_mail = _local(slots.unsubscribe_mail)
        head += (
            f"List-Unsubscribe: <{slots.unsubscribe_url}>"
            + (f",\r\n <mailto:{by_mail}@{host}>" if by_mail else "")
            + "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        )
    if complaints := _local(slots.complaints):
        head += f"CFBL-Address: {complaints}@{host}; report=arf\r\n"  # RFC 9477
    return head.encode()


def _local(part: str) -> str:
    if part and not _LOCAL.fullmatch(part):
        raise Unspliceable("an address of a parcel cannot stand in a mail")
    return part


def _footer_link(label: Label, url: str) -> tuple[bytes, bytes]:
    if not url:
        return b"", b""
    if not safe_url(url):
        raise Unspliceable("a link of a parcel cannot stand in a mail")
    line, attribute = link(url)
    return label.text + line, label.html + attribute + label.after


def _label(words: str, colon: str) -> Label:
    return Label(
        text=piece(f"{words}{colon}"),
        html=piece('<a style="color: inherit;" href="'),
        after=quoted(f'">{words}</a><br>\n'),
    )


def _part(boundary: str, subtype: str) -> bytes:
    return (
        f"--{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()


def _boundary(message: Message, locale: str, zone: str) -> str:
    # "=_" cannot occur in quoted-printable: no text can hold a boundary.
    seed = f"{message.id}\0{locale}\0{zone}".encode("utf-8", "replace")
    return f"=_{hashlib.sha256(seed).hexdigest()[:32]}"
