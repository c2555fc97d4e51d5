"""service.status.views.component, history, touched, help: a service over time."""

from datetime import UTC, datetime, timedelta

import pytest

from service.events.models import Category, EventStage
from service.pages.actions import Correction, correct, set_state
from service.pages.models import State


@pytest.fixture
def fell(rt, clock, say, platform):
    """The webmail was down for an hour that ended two hours ago; returns its incident."""
    clock.advance(timedelta(days=1))
    starts, ends = clock() - timedelta(hours=3), clock() - timedelta(hours=2)
    with rt.work() as uow:
        set_state(uow, platform.webmail.id, "event:x", State.DOWN, "", since=starts)
        set_state(uow, platform.webmail.id, "event:x", None, "", since=ends)
    return say(
        stage=EventStage.RESOLVED,
        states={platform.webmail: State.DOWN},
        starts_at=starts,
        ends_at=ends,
    )


class TestComponentPage:
    def test_a_day_that_suffered_says_how_much(self, client, fell):
        shown = client.get("/mail/en/components/webmail").text
        assert "Monday, 23 November 2026" in shown
        assert "1 event" in shown
        assert fell.public_id in shown

    def test_every_day_can_be_reached(self, client, platform):
        assert client.get("/mail/en/components/webmail").text.count('class="day') == 90

    def test_a_correction_stands_there_with_its_reason(self, rt, clock, client, fell, platform):
        with rt.work() as uow:
            ends = clock() - timedelta(hours=2)
            wish = Correction(State.MINOR, ends - timedelta(hours=1), ends, "It still <answered>")
            correct(uow, platform.webmail.id, wish)
        shown = client.get("/mail/en/components/webmail").text
        assert "It still &lt;answered&gt;" in shown

    def test_one_there_is_none_of_is_not_found(self, client, platform):
        assert client.get("/mail/en/components/nothing").status_code == 404


class TestTouched:
    @pytest.mark.parametrize(("hours", "touched"), [(2.5, True), (1, False), (3.5, False)])
    def test_the_api_answers_for_an_instant(self, client, clock, fell, hours, touched):
        at = (clock() - timedelta(hours=hours)).isoformat()
        found = client.get(
            "/api/v1/pages/mail/components/webmail/touched", query_string={"at": at}
        ).get_json()
        assert found["touched"] is touched
        assert [each["id"] for each in found["events"]] == [fell.public_id] * touched

    def test_the_page_answers_on_the_pages_clock(self, client, fell):
        asked = "/mail/en/touched?component=webmail&at="
        assert "Yes, it was touched" in client.get(f"{asked}2026-11-24T07:30").text
        assert "No, it worked" in client.get(f"{asked}2026-11-24T08:30").text

    @pytest.mark.parametrize(
        "query",
        ["component=webmail&at=soon", "component=webmail&at=2027-01-01T00:00",
         "component=none&at=2026-11-23T08:30", "component=webmail&at=9999-12-31T23:59"],
    )  # fmt: skip
    def test_what_cannot_be_looked_up_is_pointed_at(self, client, platform, query):
        answer = client.get(f"/mail/en/touched?{query}")
        assert answer.status_code == 422
        assert 'class="fault"' in answer.text

    def test_before_it_began_nothing_is_known(self, client, platform):
        shown = client.get("/mail/en/touched?component=webmail&at=2020-01-01T00:00").text
        assert "We know nothing of that time" in shown


class TestHistory:
    def test_a_month_tells_what_happened_in_it(self, client, fell):
        assert fell.public_id in client.get("/mail/en/history/").text
        assert fell.public_id in client.get("/mail/en/history/2026-11").text
        assert "Nothing happened in October 2026" in client.get("/mail/en/history/2026-10").text

    def test_one_goes_back_to_the_first_thing_that_is_known_and_no_further(self, client, say):
        begins = datetime(2026, 9, 10, 8, tzinfo=UTC)  # before the page, as after an import
        say(stage=EventStage.RESOLVED, starts_at=begins, ends_at=begins + timedelta(hours=1))
        paths = [f"/mail/en/history/{month}" for month in ("2026-11", "2026-10", "2026-09")]
        earlier = ["history/2026-10", "history/2026-09", "history/2026-08"]
        leads = [link in client.get(path).text for path, link in zip(paths, earlier, strict=True)]
        assert leads == [True, True, False]

    @pytest.mark.parametrize("month", ["2026-13", "2026-00", "1999-01", "9999-12"])
    def test_a_month_there_is_none_of_is_not_found(self, client, platform, month):
        assert client.get(f"/mail/en/history/{month}").status_code == 404


class TestElsewhere:
    def test_a_general_message_stands_above_every_page(self, client, say, platform):
        say(Category.GENERAL, EventStage.PUBLISHED, title={"fr": "Fermé", "en": "Closed today"})
        for path in ("", "incidents/", "components/webmail", "history/", "channels/", "touched"):
            assert "Closed today" in client.get(f"/mail/en/{path}").text, path

    def test_the_channels_are_listed_with_their_addresses(self, client, platform):
        shown = client.get("/mail/en/channels/").text
        assert "https://notify.example.org/mail/en/feeds/all.rss" in shown
        assert "https://notify.example.org/mail/api/v2/summary.json" in shown

    def test_a_recap_tells_what_is_under_way(self, client, say, platform):
        event = say(states={platform.webmail: State.MINOR})
        recap = client.get("/mail/en/recap.json").get_json()
        assert [each["id"] for each in recap["current"]] == [event.public_id]
        assert recap["current"][0]["components"][0]["state"] == "minor_disruption"

    def test_a_widget_may_be_framed_and_sets_no_cookie(self, client, platform):
        answer = client.get("/mail/en/widget")
        assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answer.headers
        assert "X-Frame-Options" not in answer.headers

    def test_badges_say_the_state_in_words(self, client, platform, is_now):
        is_now(platform.webmail, State.DOWN)
        for path in ("badge.svg", "badge/webmail.svg"):
            answer = client.get(f"/mail/en/{path}")
            assert answer.mimetype == "image/svg+xml"
            assert "Down" in answer.text
        assert client.get("/mail/en/badge/none.svg").status_code == 404

    def test_a_services_feed_tells_of_it_alone(self, client, say, platform):
        mine = say(states={platform.webmail: State.MINOR})
        other = say(states={platform.files: State.MINOR})
        feed = client.get("/mail/en/feeds/components/webmail.rss").text
        assert mine.public_id in feed
        assert other.public_id not in feed
