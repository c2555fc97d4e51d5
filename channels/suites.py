"""The conformance suites of the channels that come with Tocsin: `tocsin channel check NAME`."""

import json
from collections.abc import Sequence
from typing import ClassVar
from xml.etree import ElementTree as ET

from icalendar import Calendar

from channels.atom import AtomChannel
from channels.calendar import CalendarChannel
from channels.conformance import Manner, PullConformance, PushConformance, Seen
from channels.email.suite import TestEmail
from channels.jsonfeed import JsonFeedChannel
from channels.rss import RssChannel
from channels.webhook import WebhookChannel
from channels.webhook.formats import Bodies, Format
from channels.webhook.payload import LIMIT

__all__ = ["TestAtom", "TestCalendar", "TestEmail", "TestJson", "TestRss", "TestWebhook"]


class TestWebhook(PushConformance):
    """Endpoints that take Standard Webhooks."""

    kind = WebhookChannel
    secrets: ClassVar[tuple[str, ...]] = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",)
    largest = LIMIT

    def address(self, base: str, manner: Manner) -> str:
        return f"{base}/manner-{manner}"

    def identity(self, seen: Seen) -> object:
        return seen.headers["webhook-id"]

    def size(self, rendition: Bodies) -> int:
        return max(len(rendition.in_format(each)) for each in Format)


class TestRss(PullConformance):
    """Readers of RSS 2.0."""

    kind = RssChannel

    def titles(self, document: bytes) -> Sequence[str]:
        return _titles(document, "channel/item/title")


class TestAtom(PullConformance):
    """Readers of Atom."""

    kind = AtomChannel

    def titles(self, document: bytes) -> Sequence[str]:
        return _titles(document, "{*}entry/{*}title")


class TestJson(PullConformance):
    """Readers of JSON Feed."""

    kind = JsonFeedChannel

    def titles(self, document: bytes) -> Sequence[str]:
        return [item["title"] for item in json.loads(document)["items"]]


class TestCalendar(PullConformance):
    """Calendars that subscribe."""

    kind = CalendarChannel

    def titles(self, document: bytes) -> Sequence[str]:
        return [str(each["SUMMARY"]) for each in Calendar.from_ical(document).walk("VEVENT")]


def _titles(document: bytes, path: str) -> Sequence[str]:
    root = ET.fromstring(document)  # noqa: S314 - what the channel just wrote
    return [each.text or "" for each in root.findall(path)]
