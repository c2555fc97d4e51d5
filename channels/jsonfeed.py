"""Feeds as JSON Feed 1.1."""

import json
from datetime import UTC, datetime
from typing import Any, ClassVar

from pydantic import BaseModel

from channels.base import Feed, Host, Item
from channels.feed import GENERATOR, FeedConfig, clean, line

VERSION = "https://jsonfeed.org/version/1.1"


class JsonFeedChannel:
    """Writes feeds for whoever would rather not parse XML."""

    Config: ClassVar[type[BaseModel]] = FeedConfig
    media_type = "application/feed+json"

    def __init__(self, config: FeedConfig, host: Host) -> None:
        """Keep nothing: a feed says all."""

    def document(self, feed: Feed) -> bytes:
        title = line(feed.title) or GENERATOR
        document = {
            "version": VERSION,
            "title": title,
            "description": line(feed.description) or title,
            "home_page_url": feed.url,
            "feed_url": feed.self_url,
            "language": feed.language,
            "authors": [{"name": title}],
            "items": [_item(item, feed) for item in feed.items],
        }
        text = json.dumps(document, ensure_ascii=False, indent=1)
        return text.encode("utf-8", "replace")


def _item(item: Item, feed: Feed) -> dict[str, Any]:
    at = _instant(item.published_at)
    return {
        "id": item.id,
        "url": item.url or feed.url,
        "title": line(item.title) or "…",
        "content_html": clean(item.html),
        "date_published": at,
        "date_modified": at,
        "tags": [each for each in map(line, item.categories) if each],
        "language": feed.language,
    }


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
