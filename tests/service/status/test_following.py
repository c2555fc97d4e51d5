"""Everything one can follow of a page: parts of it, states, one's own choice, calendars."""

import json
import re
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
from icalendar import Calendar
from sqlalchemy import update

from service.events.models import Category, EventStage
from service.pages.models import State
from service.publications.models import Publication
from service.status.selections import Custom
from tests.factories import both
from tests.service.status.happenings import an_update

FORMATS = ("rss", "atom", "json")


@pytest.fixture
def read(client):
    """Return (id, title) of each item of a feed, whatever its format."""

    def _read(path: str, language: str = "en") -> list[tuple[str, str]]:
        answer = client.get(f"/mail/{language}/{path}")
        assert answer.status_code == 200, (path, answer.status)
        if path.endswith(".json"):
            items = json.loads(answer.data)["items"]
            return [(each["id"], each["title"]) for each in items]
        parsed = feedparser.parse(answer.data)
        assert not parsed.bozo
        return [(each.id, each.title) for each in parsed.entries]

    return _read


@pytest.fixture
def trouble(platform, say):
    """Trouble with webmail, trouble with files, news of nothing in particular."""
    return (
        say(title=both("Webmail"), states={platform.webmail: State.DOWN}),
        say(title=both("Files"), states={platform.files: State.MINOR}),
        say(Category.ANNOUNCEMENT, EventStage.PUBLISHED, both("News")),
    )


class TestParts:
    @pytest.mark.parametrize("form", FORMATS)
    def test_each_part_has_its_own(self, read, trouble, form):
        _, files, _ = trouble
        for path, title in (
            ("components/webmail", "Webmail"),
            ("sections/core", "Webmail"),
            ("sections/work", "Files"),
            (f"events/{files.public_id}", "Files"),
        ):
            ((_, found),) = read(f"feeds/{path}.{form}")
            assert title in found
        assert len(read(f"feeds/all.{form}")) == 3

    def test_ids_are_equal_over_formats_and_feeds(self, read, trouble):
        ids = {
            read(f"feeds/{path}.{form}", language)[0][0]
            for form in FORMATS
            for language in ("fr", "en")
            for path in ("components/webmail", "sections/core", f"events/{trouble[0].public_id}")
        }
        assert len(ids) == 1

    @pytest.mark.parametrize(
        "path",
        ["components/x", "sections/x", "events/x", "custom/x", "custom/!", "custom/bnVsbA"],
    )
    def test_what_is_not_there_is_told(self, client, platform, path):
        assert client.get(f"/mail/en/feeds/{path}.rss").status_code == 404

    @pytest.mark.parametrize("form", FORMATS)
    def test_none_is_empty(self, read, platform, form):
        for path in ("components/webmail", "sections/core", "status", "components/files/status"):
            assert len(read(f"feeds/{path}.{form}")) == 1


class TestStates:
    @pytest.mark.parametrize("form", FORMATS)
    def test_the_newest_item_is_the_state_now(self, read, clock, platform, is_now, form):
        clock.advance(timedelta(hours=1))
        is_now(platform.webmail, State.DOWN)
        clock.advance(timedelta(hours=1))
        is_now(platform.webmail, State.OPERATIONAL)
        clock.advance(timedelta(hours=1))
        titles = [title for _, title in read(f"feeds/components/webmail/status.{form}")]
        assert titles == ["[Operational] Webmail", "[Down] Webmail", "[Operational] Webmail"]
        page = [title for _, title in read(f"feeds/status.{form}")]
        assert page == ["[Operational] Mail", "[Down] Mail", "[Operational] Mail"]

    def test_time_alone_changes_neither_ids_nor_tag(self, client, clock, platform, is_now):
        clock.advance(timedelta(hours=1))
        is_now(platform.webmail, State.DOWN)
        tags = set()
        for _ in range(3):
            clock.advance(timedelta(days=40))
            tags.add(client.get("/mail/en/feeds/components/webmail/status.rss").headers["ETag"])
            tags.add(client.get("/mail/en/feeds/status.rss").headers["ETag"])
        assert len(tags) == 2


class TestCustom:
    def test_the_form_leads_to_an_address_of_ones_own(self, client, read, trouble):
        form = "/mail/en/feeds/?components=webmail&sections=work&categories=incident&format=atom"
        answer = client.get(form)
        assert answer.status_code == 303
        path = answer.headers["Location"].removeprefix("/mail/en/")
        titles = [title for _, title in read(path)]
        assert len(titles) == 2
        assert not any("News" in title for title in titles)

    def test_equal_choices_have_equal_addresses(self):
        one = Custom(("b", "a"), categories=(Category.INCIDENT,))
        assert one.token == Custom(("a", "b", "a"), categories=(Category.INCIDENT,)).token

    def test_a_name_that_is_not_there_is_told_in_the_form(self, client, platform):
        answer = client.get("/mail/en/feeds/?components=nothing&format=rss")
        assert answer.status_code == 200
        assert "form.faults" not in answer.text
        assert 'role="alert"' in answer.text

    def test_one_that_leaves_does_not_take_the_others_along(self, read, trouble, platform):
        token = Custom(("webmail", "long-gone")).token
        assert len(read(f"feeds/custom/{token}.json")) == 1


class TestIndex:
    def test_opml_lists_every_feed(self, client, platform):
        answer = client.get("/mail/en/feeds.opml")
        assert answer.mimetype == "text/x-opml"
        for path in ("all", "general", "status", "sections/core", "components/webmail"):
            assert f'xmlUrl="https://notify.example.org/mail/en/feeds/{path}.rss"' in answer.text
        assert client.get("/mail/en/feeds/").status_code == 200

    def test_each_address_in_it_works(self, client, platform):
        text = client.get("/mail/fr/feeds.opml").text
        for path in re.findall(r'xmlUrl="https://notify.example.org([^"]+)"', text):
            assert client.get(path).status_code == 200

    def test_json_feed_says_its_version(self, client, platform):
        answer = client.get("/mail/en/feeds/all.json")
        assert answer.mimetype == "application/feed+json"
        assert answer.json["version"] == "https://jsonfeed.org/version/1.1"
        assert answer.json["feed_url"] == "https://notify.example.org/mail/en/feeds/all.json"


class TestCalendar:
    @pytest.fixture
    def works(self, rt, clock, platform, say):
        starts = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
        event = say(
            Category.MAINTENANCE,
            EventStage.SCHEDULED,
            {"fr": "Mise à niveau", "en": "Upgrade; of, all"},
            states={platform.webmail: State.MAINTENANCE},
            starts_at=starts,
            ends_at=starts + timedelta(hours=2),
        )

        def word(stage: EventStage, no: int, **given) -> None:
            clock.advance(timedelta(hours=1))
            with rt.work() as uow:
                times = {"starts_at": starts, "ends_at": starts + timedelta(hours=2), **given}
                an_update(
                    uow, event, stage, {platform.webmail: State.MAINTENANCE},
                    no=no, started_at=uow.now, **times,
                )  # fmt: skip

        return event, word

    def only(self, client, path="all"):
        answer = client.get(f"/mail/en/calendars/{path}.ics")
        assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
        assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))
        (found,) = Calendar.from_ical(answer.data).walk("VEVENT")
        return found

    def test_a_new_time_moves_the_same_appointment(self, client, works):
        event, word = works
        first = self.only(client)
        later = datetime(2026, 12, 2, 20, 0, tzinfo=UTC)
        word(EventStage.SCHEDULED, 2, starts_at=later, ends_at=later + timedelta(hours=2))
        second = self.only(client)
        assert first["UID"] == second["UID"] == f"{event.public_id}@notify.example.org"
        assert (first["SEQUENCE"], second["SEQUENCE"]) == (0, 1)
        assert second["DTSTART"].dt == later

    def test_it_is_numbered_as_in_mails_which_a_revision_sets_ahead(self, client, rt, works):
        _, word = works
        word(EventStage.SCHEDULED, 2)
        with rt.database.writers.begin() as session:
            session.execute(update(Publication).where(Publication.sequence == 2).values(sequence=7))
        assert self.only(client)["SEQUENCE"] == 6

    def test_a_cancelled_one_stays_and_says_so(self, client, works):
        _, word = works
        word(EventStage.CANCELLED, 2)
        assert self.only(client)["STATUS"] == "CANCELLED"

    @pytest.mark.parametrize(
        ("path", "count"),
        [
            ("components/webmail", 1),
            ("sections/core", 1),
            ("components/files", 0),
            (f"custom/{Custom(('webmail',)).token}", 1),
        ],
    )
    def test_a_part_has_its_own(self, client, works, path, count):
        answer = client.get(f"/mail/en/calendars/{path}.ics")
        assert len(Calendar.from_ical(answer.data).walk("VEVENT")) == count

    def test_it_is_cached_like_a_feed(self, client, works):
        first = client.get("/mail/en/calendars/all.ics")
        again = client.get(
            "/mail/en/calendars/all.ics", headers={"If-None-Match": first.headers["ETag"]}
        )
        assert again.status_code == 304

    @pytest.mark.npm
    def test_another_program_reads_the_same(self, client, works, npm):
        _, word = works
        word(EventStage.CANCELLED, 2)
        read = npm("calendar.mjs", client.get("/mail/en/calendars/all.ics").data)
        (found,) = read["events"]
        assert read["method"] == "PUBLISH"
        assert (found["status"], found["sequence"]) == ("CANCELLED", 1)
        assert found["summary"] == "Upgrade; of, all (Webmail)"
        assert found["start"] == "2026-12-01T20:00:00.000Z"


@pytest.mark.npm
class TestOtherReaders:
    @pytest.mark.parametrize("form", ["rss", "atom"])
    def test_read_the_same_items(self, client, read, trouble, npm, form):
        found = npm("feed.mjs", client.get(f"/mail/en/feeds/all.{form}").data)
        assert [(each["id"], each["title"]) for each in found["items"]] == read("feeds/all.json")
        assert all(each["date"] and each["link"] for each in found["items"])
