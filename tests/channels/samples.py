"""Values that cross the contract, with everything a test does not care about filled in."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from channels.base import (
    Feed,
    Host,
    HttpDoor,
    Item,
    Link,
    Message,
    Sender,
    Text,
    Touched,
)

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

MESSAGE = Message(
    id="pub_1",
    type="incident.created",
    category="incident",
    stage="investigating",
    severity="major",
    texts={
        "fr": Text("[Panne] Webmail — analyse", "Le webmail est **lent**."),
        "en": Text("[Down] Webmail — investigating", "Webmail is **slow**."),
    },
    sender=Sender("Status", "status@example.org"),
    source={"fr": "Courriel", "en": "Mail"},
    url="https://status.example.org/mail/en/events/ev_1",
    subject="ev_1",
    sequence=3,
    published_at=MONDAY,
    starts_at=MONDAY,
    touched=(Touched("webmail", {"fr": "Webmail", "en": "Webmail"}, "down", {"en": "No mail."}),),
    links=(Link({"en": "Details"}, "https://status.example.org/mail/en/"),),
)

ITEM = Item(
    id="tag:status.example.org,2026:update/1",
    title="[Down] Webmail — investigating",
    html="<p>Webmail is <b>slow</b>.</p>",
    url="https://status.example.org/mail/en/events/ev_1#1",
    published_at=MONDAY,
    categories=("incident",),
)

FEED = Feed(
    id="tag:status.example.org,2026:feed/mail/all",
    title="Mail: everything",
    description="What happens to mail",
    language="en",
    url="https://status.example.org/mail/en/",
    self_url="https://status.example.org/mail/en/feeds/all.rss",
    updated_at=MONDAY,
    items=(ITEM,),
)


def a_message(**given: Any) -> Message:
    return replace(MESSAGE, **given)


def a_feed(*items: Item, **given: Any) -> Feed:
    return replace(FEED, items=items or FEED.items, **given)


def an_item(number: int = 1, **given: Any) -> Item:
    permanent = f"tag:status.example.org,2026:update/{number}"
    return replace(ITEM, **{"id": permanent, **given})


def a_host(http: HttpDoor) -> Host:
    return Host("https://status.example.org", http, lambda _zone, at: at.replace(tzinfo=None))
