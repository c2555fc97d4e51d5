"""Feeds as RSS 2.0."""

from threading import Lock
from typing import ClassVar

from pydantic import BaseModel

from channels.base import Feed, Host
from channels.feed import FeedConfig, generator

# feedgen sets the locale of the whole process around each date: two threads doing so at once
# could leave it changed.
LOCALE = Lock()


class RssChannel:
    """Writes feeds that every reader takes."""

    Config: ClassVar[type[BaseModel]] = FeedConfig
    media_type = "application/rss+xml"

    def __init__(self, config: FeedConfig, host: Host) -> None:
        """Keep nothing: a feed says all."""

    def document(self, feed: Feed) -> bytes:
        made = generator(feed, self.media_type)
        with LOCALE:
            document: bytes = made.rss_str()
        return document
