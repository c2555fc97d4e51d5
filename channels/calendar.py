"""Feeds as iCalendar (RFC 5545, RFC 7986): what is planned, in people's own calendars."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel

from channels.base import Feed, Host, Item, Span
from channels.feed import FeedConfig, clean, line

if TYPE_CHECKING:
    from icalendar import Calendar, Event

PRODUCT = "-//Tocsin//Tocsin//EN"
REFRESH = timedelta(hours=1)
#: How long something without an end is shown as lasting.
UNKNOWN = timedelta(hours=1)
LONGEST = 2000


class CalendarChannel:
    """Writes calendars that people subscribe to; items without a span are left out."""

    Config: ClassVar[type[BaseModel]] = FeedConfig
    media_type = "text/calendar"

    def __init__(self, config: FeedConfig, host: Host) -> None:
        """Keep nothing: a feed says all."""

    def document(self, feed: Feed) -> bytes:
        made = calendar("PUBLISH")
        title = line(feed.title)
        made.add("name", title)
        made.add("x-wr-calname", title)
        made.add("x-wr-caldesc", line(feed.description))
        made.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
        made.add("x-published-ttl", REFRESH)
        made.add("source", feed.self_url, parameters={"value": "URI"})
        made.add("last-modified", feed.updated_at.astimezone(UTC))
        for item, span in _spans(feed):
            made.add_component(event(item, span))
        document: bytes = made.to_ical()
        return document


def calendar(method: str) -> "Calendar":
    """Return an empty calendar for *method*."""
    # Here, for whoever sends builds every channel too, and few mails hold a date: 4 MB.
    from icalendar import Calendar  # noqa: PLC0415

    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", method)
    return made


def event(item: Item, span: Span) -> "Event":
    """Return *item* as an event; its UID stays, its SEQUENCE grows, a cancelled one is kept."""
    from icalendar import Event  # noqa: PLC0415 - as above

    made = Event()
    made.add("uid", span.uid)
    made.add("sequence", span.sequence)
    made.add("dtstamp", item.published_at.astimezone(UTC))
    made.add("last-modified", item.published_at.astimezone(UTC))
    made.add("dtstart", span.starts_at.astimezone(UTC))
    made.add("dtend", _end(span))
    made.add("summary", line(item.title) or "…")
    made.add("description", clean(span.text)[:LONGEST])
    made.add("status", "CANCELLED" if span.is_cancelled else "CONFIRMED")
    made.add("transp", "TRANSPARENT")  # nobody is busy because a server is
    if item.url:
        made.add("url", item.url)
    if item.categories:
        made.add("categories", [line(each) for each in item.categories if line(each)])
    return made


def _spans(feed: Feed) -> Iterator[tuple[Item, Span]]:
    for item in feed.items:
        if item.span is not None:
            yield item, item.span


def _end(span: Span) -> datetime:
    end = span.ends_at if span.ends_at and span.ends_at > span.starts_at else None
    return (end or span.starts_at + UNKNOWN).astimezone(UTC)
