"""The part of a mail that a calendar reads: a maintenance, under the UID that feeds give it."""

from base64 import encodebytes
from urllib.parse import urlsplit

from channels.base import Item, Message, Span
from channels.calendar import calendar, event
from channels.email.facts import Facts
from channels.email.plain import markdown_as_text

CANCELLED = "cancelled"
MAINTENANCE = "maintenance"


def appointment(message: Message, facts: Facts, boundary: str) -> bytes:
    """Return the calendar part of *message* with its boundary; nothing where it has no time.

    PUBLISH, not REQUEST: nobody is asked to accept. Base64, because a calendar's own lines are
    folded by bytes and must arrive as they are.
    """
    if message.category != MAINTENANCE or message.starts_at is None:
        return b""
    made = calendar("PUBLISH")
    made.add_component(event(_item(message, facts), _span(message, facts)))
    head = (
        f"\r\n--{boundary}\r\n"
        'Content-Type: text/calendar; charset="utf-8"; method=PUBLISH; name="maintenance.ics"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + encodebytes(made.to_ical()).replace(b"\n", b"\r\n")


def _item(message: Message, facts: Facts) -> Item:
    return Item(
        id=message.id,
        title=facts.title,
        html="",
        url=message.url,
        published_at=message.published_at,
    )


def _span(message: Message, facts: Facts) -> Span:
    name = message.subject.partition(":")[2] or message.subject
    host = urlsplit(message.url).hostname or "localhost"
    touched = ", ".join(each.name for each in facts.affected)
    text = "\n\n".join(filter(None, (touched, markdown_as_text(facts.body), message.url)))
    return Span(
        uid=f"{name}@{host}",
        sequence=max(0, message.sequence - 1),
        starts_at=message.starts_at or message.published_at,
        ends_at=message.ends_at,
        text=text,
        is_cancelled=message.stage == CANCELLED,
    )
