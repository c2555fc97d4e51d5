"""Feeds as Atom (RFC 4287)."""

from typing import ClassVar

from pydantic import BaseModel

from channels.base import Feed, Host
from channels.feed import FeedConfig, generator


class AtomChannel:
    """Writes feeds that say which link and which text is what."""

    Config: ClassVar[type[BaseModel]] = FeedConfig
    media_type = "application/atom+xml"

    def __init__(self, config: FeedConfig, host: Host) -> None:
        """Keep nothing: a feed says all."""

    def document(self, feed: Feed) -> bytes:
        document: bytes = generator(feed, self.media_type).atom_str()
        return document
