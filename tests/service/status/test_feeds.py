"""Feeds as readers see them."""

from calendar import timegm
from datetime import timedelta
from typing import Any

import feedparser
import pytest

from service.events.models import Category, EventStage
from service.pages.models import State
from tests.factories import both
from tests.service.status.happenings import an_update

FORMATS = ("rss", "atom")
NAMES = ("all", "incidents", "maintenance", "announcements", "actions")


@pytest.fixture
def read(client):
    def _read(name="all", form="atom", language="en"):
        answer = client.get(f"/mail/{language}/feeds/{name}.{form}")
        assert answer.status_code == 200, answer.status
        parsed = feedparser.parse(answer.data)
        assert not parsed.bozo
        return parsed

    return _read


def text_of(item: Any) -> str:
    """What a reader shows of an item, RSS or Atom."""
    return str(item.content[0].value if "content" in item else item.summary)


class TestItems:
    @pytest.mark.parametrize("form", FORMATS)
    def test_each_update_is_an_item_of_its_own(self, rt, clock, read, platform, say, form):
        event = say(states={platform.webmail: State.MAJOR})
        clock.advance(timedelta(minutes=5))
        with rt.work() as uow:
            second = an_update(
                uow,
                event,
                EventStage.RESOLVED,
                {platform.webmail: State.OPERATIONAL},
                no=2,
                started_at=uow.now,
            )
        newest, oldest = read(form=form).entries
        assert newest.id == f"tag:notify.example.org,2026:update/{second.public_id}"
        assert newest.title == "[Operational] Webmail — Resolved: Slow sign-in"
        assert oldest.title == "[Major disruption] Webmail — Investigating: Slow sign-in"
        assert newest.link == (
            f"https://notify.example.org/mail/en/events/{event.public_id}#update-{second.public_id}"
        )

    def test_the_id_is_the_same_in_every_format_and_language(self, read, platform, say):
        say()
        ids = {
            read(form=form, language=language).entries[0].id
            for form in FORMATS
            for language in ("fr", "en")
        }
        assert len(ids) == 1

    def test_it_speaks_its_language(self, read, platform, say):
        say(
            title={"fr": "Connexion lente", "en": "Slow sign-in"},
            body={"fr": "Nous cherchons.", "en": "We are looking."},
            states={platform.webmail: State.DOWN},
        )
        item = read(language="fr").entries[0]
        assert item.title == "[Non opérationnel] Webmail — Analyse en cours: Connexion lente"
        assert "Nous cherchons." in text_of(item)

    def test_many_services_are_counted(self, read, platform, say):
        say(
            states={
                platform.webmail: State.MINOR,
                platform.sending: State.DOWN,
                platform.files: State.MINOR,
            }
        )
        assert read().entries[0].title.startswith("[Down] Webmail, Sending +1 — ")

    def test_an_event_without_services_is_named_by_its_category(self, read, platform, say):
        say(Category.ANNOUNCEMENT, EventStage.PUBLISHED, both("A new calendar"))
        assert read().entries[0].title == "[Announcement] Published: A new calendar"

    @pytest.mark.parametrize("form", FORMATS)
    def test_hostile_titles_and_bodies_stay_text(self, read, platform, say, form):
        say(
            title=both("</title><script>alert(1)</script> & ]]> \x07"),
            body=both("<script>alert(2)</script> [x](javascript:alert(3)) ![x](https://e.org/x)"),
        )
        item = read(form=form).entries[0]
        assert item.title == "[Incident] Investigating: </title><script>alert(1)</script> & ]]>"
        html = text_of(item)
        assert "<script" not in html
        assert 'href="javascript' not in html
        assert "<img" not in html

    def test_no_item_is_dated_in_the_future(self, clock, read, platform, say):
        say(title=both("Later"), started_at=clock.now + timedelta(hours=1))
        say(title=both("Now"))
        entries = read().entries
        assert ["Now" in each.title for each in entries] == [True]
        assert timegm(entries[0].published_parsed) <= clock.now.timestamp()


class TestNames:
    def test_each_feed_holds_its_categories(self, read, platform, say):
        say(Category.INCIDENT, EventStage.INVESTIGATING, both("Trouble"))
        say(Category.MAINTENANCE, EventStage.SCHEDULED, both("Works"))
        say(Category.ANNOUNCEMENT, EventStage.PUBLISHED, both("News"))
        say(Category.ACTION_REQUIRED, EventStage.PUBLISHED, both("Duty"))
        words = {"incidents": "Trouble", "maintenance": "Works"}
        words |= {"announcements": "News", "actions": "Duty"}
        for name, word in words.items():
            entries = read(name).entries
            assert len(entries) == 1
            assert word in entries[0].title
        assert len(read("all").entries) == 4

    @pytest.mark.parametrize("form", FORMATS)
    @pytest.mark.parametrize("name", NAMES)
    def test_none_is_ever_empty(self, read, platform, form, name):
        (item,) = read(name, form).entries
        assert item.id.startswith("tag:notify.example.org,2026:feed/")
        assert item.title

    @pytest.mark.parametrize(
        "path", ["/mail/en/feeds/other.rss", "/mail/en/feeds/all.pdf", "/no/en/feeds/all.rss"]
    )
    def test_others_are_not_there(self, client, platform, path):
        assert client.get(path).status_code == 404

    def test_the_page_tells_readers_where_they_are(self, client, platform):
        html = client.get("/mail/en/").get_data(as_text=True)
        for name in NAMES:
            address = f"https://notify.example.org/mail/en/feeds/{name}"
            assert 'type="application/rss+xml" title="Mail — ' in html
            assert f'href="{address}.rss"' in html
            assert f'readonly value="{address}.atom"' in html


@pytest.mark.parametrize("form", FORMATS)
class TestCaching:
    def test_who_has_it_already_is_told_so(self, client, platform, say, form):
        say()
        path = f"/mail/en/feeds/all.{form}"
        first = client.get(path)
        assert not first.headers["ETag"].startswith("W/")
        for headers in (
            {"If-None-Match": first.headers["ETag"]},
            {"If-Modified-Since": first.headers["Last-Modified"]},
        ):
            again = client.get(path, headers=headers)
            assert (again.status_code, again.data) == (304, b"")
            assert again.headers["ETag"] == first.headers["ETag"]

    def test_time_alone_changes_nothing(self, client, clock, platform, say, form):
        say()
        path = f"/mail/en/feeds/all.{form}"
        first = client.get(path).headers["ETag"]
        clock.advance(timedelta(days=3))
        assert client.get(path).headers["ETag"] == first

    def test_a_new_update_changes_the_tag_and_the_date(self, client, clock, platform, say, form):
        path = f"/mail/en/feeds/all.{form}"
        say()
        first = client.get(path)
        clock.advance(timedelta(minutes=1))
        say()
        second = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert second.status_code == 200
        assert second.headers["Last-Modified"] != first.headers["Last-Modified"]

    def test_head_says_the_same_without_the_body(self, client, platform, form):
        path = f"/mail/en/feeds/all.{form}"
        whole, head = client.get(path), client.head(path)
        assert head.data == b""
        for name in ("ETag", "Last-Modified", "Content-Type", "Content-Length"):
            assert head.headers[name] == whole.headers[name]

    def test_caches_and_other_sites_may_have_it(self, client, platform, form):
        answer = client.get(f"/mail/en/feeds/all.{form}")
        assert answer.headers["Cache-Control"] == (
            "public, max-age=60, stale-while-revalidate=300, stale-if-error=86400"
        )
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.mimetype == f"application/{form}+xml"
