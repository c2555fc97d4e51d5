"""What RSS and Atom share: a feedgen generator filled without its traps.

feedgen's dates default to now (the same feed would give other bytes each time), one control
character makes it fail as a whole, entries are prepended, and RSS takes the last link added.
"""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from channels.base import Feed, Item

if TYPE_CHECKING:
    from feedgen.feed import FeedGenerator

# Whatever XML 1.0 cannot hold, not even escaped.
UNSPEAKABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
GENERATOR = "Tocsin"


class FeedConfig(BaseModel):
    """There is nothing to set."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def generator(feed: Feed, media_type: str) -> "FeedGenerator":
    """Return a fresh generator with all of *feed*: one format may be written from it."""
    # Here, for whoever sends builds every channel too and writes no feed: with lxml, 5 MB.
    from feedgen.feed import FeedGenerator  # noqa: PLC0415

    made = FeedGenerator()
    title = line(feed.title) or GENERATOR
    made.id(clean(feed.id))
    made.title(title)
    made.description(line(feed.description) or title)
    made.language(clean(feed.language))
    made.author({"name": title})
    made.generator(GENERATOR)
    made.ttl(5)
    made.updated(_utc(feed.updated_at))
    made.link(href=clean(feed.self_url), rel="self", type=media_type)
    made.link(href=clean(feed.url), rel="alternate", type="text/html")
    for item in feed.items:
        _fill(made, item, feed)
    return made


def clean(text: str) -> str:
    """Return *text* without what XML cannot hold."""
    return UNSPEAKABLE.sub("", text)


def line(text: str) -> str:
    """Return *text* cleaned, on one line."""
    return " ".join(clean(text).split())


def _fill(made: "FeedGenerator", item: Item, feed: Feed) -> None:
    entry = made.add_entry(order="append")
    entry.id(clean(item.id))
    entry.title(line(item.title) or "…")
    entry.link(href=clean(item.url) or clean(feed.url), rel="alternate")
    entry.content(clean(item.html), type="html")
    entry.published(_utc(item.published_at))
    entry.updated(_utc(item.published_at))
    for category in filter(None, map(line, item.categories)):
        entry.category(term=category)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
