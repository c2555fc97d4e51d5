"""channels.feed, channels.rss and channels.atom"""

import locale
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree  # type: ignore[import-untyped]

from channels.atom import AtomChannel
from channels.base import Feed, PullChannel
from channels.feed import FeedConfig, clean, line
from channels.outbound import Door, Guard
from channels.rss import RssChannel
from tests.channels.samples import MONDAY, a_feed, a_host, an_item

HOST = a_host(Door(Guard()))
RSS = RssChannel(FeedConfig(), HOST)
ATOM = AtomChannel(FeedConfig(), HOST)
BOTH = pytest.mark.parametrize("channel", [RSS, ATOM], ids=["rss", "atom"])
ATOM_NS = {"a": "http://www.w3.org/2005/Atom"}

HOSTILE = [
    "Mail \x00\x01\x08\x0b\x0c\x1f down",
    "\ud800 half a pair",
    "\ufffe\uffff",
    "",
    "   \n\t ",
    "a < b & c > d ]]> \"quoted\" 'too'",
    "<script>alert(1)</script>",
    "&lt;b&gt; &amp;amp;",
    "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>",
    "two\r\nlines",
    "é 漢字 🔔 \u202e reversed",
    "x" * 100_000,
]


class TestBothFormats:
    @BOTH
    def test_keeps_its_contract(self, channel: PullChannel):
        assert isinstance(channel, PullChannel)

    @BOTH
    def test_a_reader_finds_everything(self, channel: PullChannel):
        read = parsed(channel, a_feed(an_item(2, title="[Up] Webmail"), an_item(1)))
        assert read.feed.title == "Mail: everything"
        assert read.feed.subtitle == "What happens to mail"
        assert read.feed.link == "https://status.example.org/mail/en/"
        assert read.feed.language == "en"
        assert read.feed.generator == "Tocsin"
        assert read.feed.updated_parsed[:5] == (2026, 11, 23, 9, 0)
        first = read.entries[0]
        assert first.id == "tag:status.example.org,2026:update/2"
        assert first.title == "[Up] Webmail"
        assert first.link == "https://status.example.org/mail/en/events/ev_1#1"
        assert first.published_parsed[:5] == (2026, 11, 23, 9, 0)
        assert [tag.term for tag in first.tags] == ["incident"]
        assert "<p>Webmail is <b>slow</b>.</p>" in str(first)

    @BOTH
    def test_items_keep_their_order(self, channel: PullChannel):
        read = parsed(channel, a_feed(*(an_item(each, title=f"n{each}") for each in (3, 2, 1))))
        assert [each.title for each in read.entries] == ["n3", "n2", "n1"]

    @BOTH
    def test_the_same_feed_gives_the_same_bytes(self, channel: PullChannel):
        moment = MONDAY - timedelta(days=400)
        feed = a_feed(an_item(published_at=moment), updated_at=moment)
        document = channel.document(feed)
        assert channel.document(feed) == document
        for form in ("%Y-%m-%d", "%d %b %Y"):
            assert datetime.now(UTC).strftime(form) not in document.decode()

    @BOTH
    def test_times_in_other_zones_are_the_same_instants(self, channel: PullChannel):
        elsewhere = MONDAY.astimezone(timezone(timedelta(hours=5, minutes=30)))
        there = a_feed(an_item(published_at=elsewhere), updated_at=elsewhere)
        assert channel.document(there) == channel.document(a_feed(an_item()))

    @BOTH
    @pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
    def test_one_bad_title_never_breaks_a_feed(self, channel: PullChannel, title: str):
        bad = an_item(1, title=title, html=title, categories=(title,))
        read = parsed(channel, a_feed(an_item(2, title="good"), bad))
        assert [each.id[-1] for each in read.entries] == ["2", "1"]
        assert read.entries[0].title == "good"
        assert read.entries[1].title

    @BOTH
    @given(noise=st.text(alphabet=st.characters(), max_size=30))
    def test_no_text_anywhere_makes_it_ill_formed(self, channel: PullChannel, noise: str):
        bad = an_item(1, title=noise, html=noise, url=noise, categories=(noise,))
        feed = a_feed(bad, title=noise, description=noise, language=noise, self_url=f"x{noise}")
        etree.fromstring(channel.document(feed))

    @BOTH
    def test_no_items_is_still_a_feed(self, channel: PullChannel):
        empty = Feed("tag:x,2026:f", "T", "", "fr", "https://x/", "https://x/f", MONDAY, ())
        read = parsed(channel, empty)
        assert (read.feed.title, read.entries) == ("T", [])


class TestRss:
    def test_says_what_only_rss_says(self):
        channel = tree(RSS, a_feed()).find("channel")
        assert channel.findtext("link") == "https://status.example.org/mail/en/"
        assert channel.findtext("ttl") == "5"
        assert channel.findtext("language") == "en"
        assert channel.findtext("lastBuildDate") == "Mon, 23 Nov 2026 09:00:00 +0000"
        own = channel.find("a:link", ATOM_NS)
        assert own.get("href") == "https://status.example.org/mail/en/feeds/all.rss"
        assert (own.get("rel"), own.get("type")) == ("self", "application/rss+xml")
        item = channel.find("item")
        assert item.find("guid").get("isPermaLink") == "false"
        assert item.findtext("description") == "<p>Webmail is <b>slow</b>.</p>"
        assert item.findtext("pubDate") == "Mon, 23 Nov 2026 09:00:00 +0000"
        assert RSS.media_type == "application/rss+xml"

    def test_threads_leave_the_locale_alone(self):
        before = locale.setlocale(locale.LC_ALL)
        feed = a_feed(*map(an_item, range(50)))
        with ThreadPoolExecutor(8) as pool:
            documents = set(pool.map(lambda _: RSS.document(feed), range(40)))
        assert len(documents) == 1
        assert locale.setlocale(locale.LC_ALL) == before


class TestAtom:
    def test_says_what_only_atom_says(self):
        feed = tree(ATOM, a_feed())
        assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
        assert feed.findtext("a:author/a:name", namespaces=ATOM_NS) == "Mail: everything"
        links = {each.get("rel"): each.get("href") for each in feed.findall("a:link", ATOM_NS)}
        assert links == {
            "self": "https://status.example.org/mail/en/feeds/all.rss",
            "alternate": "https://status.example.org/mail/en/",
        }
        entry = feed.find("a:entry", ATOM_NS)
        assert entry.find("a:content", ATOM_NS).get("type") == "html"
        link = entry.find("a:link", ATOM_NS)  # feedgen leaves rel out: alternate is its default
        assert link.attrib == {"href": "https://status.example.org/mail/en/events/ev_1#1"}
        for name in ("published", "updated"):
            assert entry.findtext(f"a:{name}", namespaces=ATOM_NS) == "2026-11-23T09:00:00+00:00"
        assert ATOM.media_type == "application/atom+xml"


class TestClean:
    @pytest.mark.parametrize(
        ("cleaner", "text", "left"),
        [
            (clean, "a\x00b\x1bc\ufffed\ud83d", "abcd"),
            (clean, "tab\tline\n🔔é", "tab\tline\n🔔é"),
            (line, " a\r\n\tb \x07 c ", "a b c"),
        ],
    )
    def test_keeps_what_xml_can_hold(self, cleaner: Callable[[str], str], text: str, left: str):
        assert cleaner(text) == left


def tree(channel: PullChannel, feed: Feed) -> Any:
    return etree.fromstring(channel.document(feed))


def parsed(channel: PullChannel, feed: Feed) -> Any:
    read = feedparser.parse(channel.document(feed))
    assert not read.bozo, read.get("bozo_exception")
    return read
