"""A static copy of the public site, for a host that depends on nothing of this service."""

import re
from datetime import timedelta

import feedparser
import pytest
from sqlalchemy import select, update

from service.events.models import EventUpdate
from service.exporting import Mirror, export
from service.pages.models import State
from service.publications.models import Publication
from tests.service.status.conftest import is_now, platform, say

__all__ = ["is_now", "platform", "say"]

ALIVE = "https://notify.example.org"
URL = "https://mirror.example.net/status"


@pytest.fixture
def mirror(tmp_path) -> Mirror:
    return Mirror(tmp_path / "site", URL, ALIVE)


class TestExport:
    def test_every_page_feed_and_calendar_is_a_file(self, rt, platform, say, mirror):
        event = say(states={platform.webmail: State.DOWN})
        report = export(rt, mirror)
        assert report.failed == []
        for path in (
            "index.html",
            "mail/index.html",
            "mail/en/index.html",
            "mail/fr/incidents/index.html",
            f"mail/en/events/{event.public_id}/index.html",
            "mail/en/feeds/all.rss",
            "mail/fr/feeds/all.atom",
            "mail/en/feeds/incidents.json",
            "mail/en/feeds.opml",
            "mail/en/calendars/all.ics",
            "mail/fr/calendars/components/webmail.ics",
            "mail/en/calendars/sections/work.ics",
        ):
            assert (mirror.folder / path).is_file(), path

    def test_links_to_itself_are_the_mirrors_and_forms_the_living_services(
        self, rt, platform, say, mirror
    ):
        say(states={platform.webmail: State.DOWN})
        export(rt, mirror)
        feed = feedparser.parse((mirror.folder / "mail/en/feeds/all.atom").read_bytes())
        own = next(link.href for link in feed.feed.links if link.rel == "self")
        assert own == f"{URL}/mail/en/feeds/all.atom"
        assert feed.entries[0].link.startswith(f"{URL}/mail/en/events/")
        html = (mirror.folder / "mail/en/index.html").read_text()
        for found in re.findall(r'(?:href|src|action)="(/[^"]*)"', html):
            assert found.startswith("/status/"), found
        assert f'href="{ALIVE}/mail/en/subscribe' in html

    def test_each_link_inside_leads_to_a_file(self, rt, platform, say, mirror):
        say(states={platform.webmail: State.DOWN})
        export(rt, mirror)
        for page in mirror.folder.rglob("*.html"):
            for found in re.findall(r'(?:href|src)="/status(/[^"#]*)', page.read_text()):
                path = mirror.path_of(found)
                assert path is not None
                assert (mirror.folder / path).is_file(), (page, found)

    def test_a_second_run_touches_only_what_changed(self, rt, clock, platform, say, mirror):
        first = export(rt, mirror)
        second = export(rt, mirror)
        assert (second.written, second.unchanged) == (0, first.written)
        clock.advance(timedelta(seconds=1))
        say(states={platform.webmail: State.DOWN})
        third = export(rt, mirror)
        assert 0 < third.written < first.written + third.written

    def test_what_is_gone_is_removed_and_strangers_files_stay(
        self, rt, clock, platform, say, mirror
    ):
        export(rt, mirror)
        mine = mirror.folder / "robots.txt.mine"
        mine.write_text("mine")
        with rt.work() as uow:
            page = uow.session.get_one(type(platform.page), platform.page.id)
            page.languages = ["en"]
        report = export(rt, mirror)
        assert report.removed > 0
        assert not (mirror.folder / "mail/fr/index.html").exists()
        assert mine.read_text() == "mine"

    def test_half_an_export_takes_nothing_away_and_forgets_nothing(
        self, rt, platform, say, mirror, monkeypatch
    ):
        event = say(states={platform.webmail: State.DOWN})
        export(rt, mirror)
        told = mirror.folder / f"mail/en/events/{event.public_id}/index.html"
        with rt.database.writers.begin() as session:
            body = session.scalar(select(EventUpdate.body))
            session.execute(update(EventUpdate).values(body={"en": 1}))
        assert export(rt, mirror).failed
        assert told.is_file()
        with rt.database.writers.begin() as session:
            session.execute(update(EventUpdate).values(body=body))
            session.execute(update(Publication).values(retracted_at=rt.clock()))
        assert export(rt, mirror).failed == []
        assert not told.exists()
