"""service.status.views: a platform at a glance."""

from datetime import timedelta

import pytest
from sqlalchemy import event as hooks

from service.events.models import Category, EventStage
from service.pages.models import State
from service.publications.models import PublicationState
from service.status import hosts
from tests.factories import a_component, a_page, a_section, both
from tests.service.status.happenings import an_event, an_update

HOSTILE = '<script>alert(1)</script>" onmouseover="x'


@pytest.fixture
def look(client):
    def _look(path="/mail/en/"):
        answer = client.get(path)
        assert answer.status_code == 200, answer.status
        return answer.get_data(as_text=True)

    return _look


class TestVerdict:
    def test_all_is_well(self, look, platform):
        html = look()
        assert "All services are operational" in html
        assert 'class="verdict state-operational"' in html

    def test_the_worst_state_is_worded_by_how_many(self, look, platform, is_now):
        is_now(platform.webmail, State.MINOR)
        assert "1 service is slightly disrupted" in look()
        is_now(platform.sending, State.MINOR)
        assert "2 services are slightly disrupted" in look()
        is_now(platform.files, State.DOWN)
        assert "1 service is down" in look()
        is_now(platform.webmail, State.DOWN)
        is_now(platform.sending, State.DOWN)
        assert "All services are down" in look()

    def test_it_is_spoken_in_french_as_well(self, look, platform, is_now):
        is_now(platform.webmail, State.MAINTENANCE)
        assert "1 service est en maintenance" in look("/mail/fr/")

    def test_the_icon_of_the_tab_follows_the_state(self, look, platform, is_now):
        is_now(platform.webmail, State.MAJOR)
        assert "favicon-major_disruption.svg" in look()

    def test_a_page_without_services_says_so(self, rt, look):
        with rt.work() as uow:
            a_page(uow, "bare")
        assert "No service is listed yet" in look("/bare/en/")


class TestServices:
    def test_each_shows_its_state_as_shape_and_word(self, look, platform, is_now):
        is_now(platform.webmail, State.MAJOR)
        html = look()
        assert html.count('href="#state-operational"') >= 2
        assert 'href="#state-major_disruption"' in html
        assert "Major disruption" in html

    def test_a_disrupted_one_says_what_users_can_no_longer_do(self, look, platform, is_now):
        is_now(platform.webmail, State.DOWN)
        row = look().partition('id="component-webmail"')[2].partition("</li>")[0]
        assert 'id="about-webmail" open>' in row
        assert "No reading." in row
        assert "Rien à lire." in look("/mail/fr/")

    def test_sections_come_in_order(self, look, platform):
        html = look()
        assert html.index('id="section-core"') < html.index('id="section-work"')

    def test_a_retired_one_is_gone(self, rt, look, platform):
        with rt.work() as uow:
            uow.session.get_one(type(platform.files), platform.files.id).retired_at = uow.now
        assert 'id="component-files"' not in look()


class TestEvents:
    def test_nothing_is_said_to_be_nothing(self, look, platform):
        assert "Nothing under way, nothing planned." in look()
        assert "Rien en cours, rien de prévu." in look("/mail/fr/")

    def test_an_incident_raises_the_alert(self, look, platform, say):
        say(states={platform.webmail: State.DOWN})
        html = look()
        assert 'class="alert state-down"' in html
        assert "An incident is under way" in html
        assert "Nothing under way" not in html

    def test_a_planned_maintenance_is_announced_without_alarm(self, look, platform, say, clock):
        say(
            Category.MAINTENANCE,
            EventStage.SCHEDULED,
            {"fr": "Travaux", "en": "Works"},
            starts_at=clock.now + timedelta(days=1),
        )
        html = look()
        assert "Works" in html
        assert 'class="alert' not in html

    def test_announcements_and_actions_are_shown(self, look, platform, say):
        say(Category.ANNOUNCEMENT, EventStage.PUBLISHED, both("A new calendar"))
        say(Category.ACTION_REQUIRED, EventStage.PUBLISHED, both("Change your password"))
        html = look()
        assert "A new calendar" in html
        assert "Change your password" in html
        assert "Nothing under way, nothing planned." in html

    def test_all_updates_are_there_newest_first(self, rt, clock, look, platform, say):
        event = say(body=both("First word."))
        clock.advance(timedelta(minutes=5))
        with rt.work() as uow:
            an_update(
                uow,
                event,
                EventStage.IDENTIFIED,
                no=2,
                started_at=uow.now,
                body=both("Second word."),
            )
        html = look()
        assert html.index("Second word.") < html.index("First word.")

    def test_what_ended_stays_for_a_week(self, clock, look, platform, say):
        say(Category.INCIDENT, EventStage.RESOLVED, both("Old trouble"))
        clock.advance(timedelta(days=6))
        assert "Old trouble" in look()
        clock.advance(timedelta(days=2))
        assert "Old trouble" not in look()

    def test_an_announcement_without_an_end_fades_after_a_month(self, clock, look, platform, say):
        say(Category.ANNOUNCEMENT, EventStage.PUBLISHED, both("Old news"))
        clock.advance(timedelta(days=31))
        assert "Old news" not in look()

    def test_what_was_retracted_is_absent(self, look, platform, say):
        say(Category.ANNOUNCEMENT, EventStage.RETRACTED, both("Mistake"))
        assert "Mistake" not in look()

    def test_a_text_in_one_language_only_is_shown_and_said_to_be(self, look, platform, say):
        say(body={"fr": "Nous cherchons."})
        html = look()
        assert 'lang="fr"' in html
        assert "Nous cherchons." in html
        assert "in another language only" in html

    def test_other_platforms_events_are_theirs(self, rt, look, platform):
        with rt.work() as uow:
            event = an_event(uow, a_page(uow, "erp"), title=both("Elsewhere"))
            an_update(uow, event, started_at=uow.now)
        assert "Elsewhere" not in look()
        assert "Elsewhere" in look("/erp/en/")


class TestVisibility:
    @pytest.mark.parametrize(
        "hidden",
        [
            {"state": PublicationState.HELD, "started_at": None},
            {"state": PublicationState.APPROVED, "started_at": None},
            {"state": PublicationState.REJECTED, "started_at": None},
            {"state": PublicationState.WITHDRAWN},
        ],
        ids=["held", "approved but not started", "rejected", "withdrawn"],
    )
    def test_what_has_not_been_approved_and_started_is_unknown(self, client, platform, say, hidden):
        event = say(title=both("A secret"), **hidden)
        for path in ("/mail/en/", "/mail/en/incidents/", "/mail/en/feeds/all.rss"):
            assert "A secret" not in client.get(path).get_data(as_text=True)
        assert client.get(f"/mail/en/events/{event.public_id}").status_code == 404

    def test_nothing_shows_before_its_hour(self, clock, look, platform, say):
        say(title=both("Tomorrow"), started_at=clock.now + timedelta(hours=1))
        assert "Tomorrow" not in look()
        clock.advance(timedelta(hours=1))
        assert "Tomorrow" in look()

    def test_an_event_shows_its_public_updates_only(self, rt, look, platform, say):
        event = say(body=both("Public word."))
        with rt.work() as uow:
            an_update(uow, event, no=2, body=both("Held word."), state=PublicationState.HELD)
        html = look(f"/mail/en/events/{event.public_id}")
        assert "Public word." in html
        assert "Held word." not in html


class TestHostileText:
    def test_titles_and_bodies_stay_text(self, look, platform, say):
        event = say(title=both(HOSTILE), body=both(f"{HOSTILE} [x](javascript:alert(1))"))
        for path in ("/mail/en/", f"/mail/en/events/{event.public_id}", "/mail/en/incidents/"):
            html = look(path)
            assert "<script>alert" not in html
            assert "&lt;script&gt;" in html
            assert 'href="javascript' not in html


class TestAddresses:
    def test_home_lets_one_choose(self, rt, look, platform, is_now):
        with rt.work() as uow:
            page = a_page(uow, "erp", position=2)
            a_component(uow, a_section(uow, page))
        is_now(platform.webmail, State.DOWN)
        html = look("/?lang=en")
        assert html.index('href="/mail/en/"') < html.index('href="/erp/en/"')
        assert "1 service is down" in html

    def test_home_without_platforms_says_so(self, look):
        assert "Nothing is published here yet." in look("/?lang=en")

    @pytest.mark.parametrize(
        ("headers", "language"),
        [
            ({}, "fr"),
            ({"Accept-Language": "en-GB,en;q=0.8"}, "en"),
            ({"Accept-Language": "de"}, "fr"),
        ],
    )
    def test_a_page_leads_to_the_language_of_the_browser(self, client, platform, headers, language):
        answer = client.get("/mail/", headers=headers)
        assert answer.status_code == 302
        assert answer.location == f"/mail/{language}/"
        assert {"cookie", "accept-language"} <= set(map(str.lower, answer.vary))

    def test_a_page_leads_to_the_language_once_chosen(self, client, platform):
        client.set_cookie("tocsin_language", "en")
        assert client.get("/mail/", headers={"Accept-Language": "fr"}).location == "/mail/en/"

    def test_the_address_in_a_message_leads_to_the_event(self, client, platform):
        answer = client.get("/mail/events/k2j3", headers={"Accept-Language": "fr"})
        assert answer.location == "/mail/fr/events/k2j3"

    @pytest.mark.parametrize(
        "path",
        ["/nothing/", "/nothing/en/", "/mail/de/", "/mail/en/events/unknown", "/mail/en/other/"],
    )
    def test_what_is_not_there_is_a_page_that_helps(self, client, platform, path):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "<h1>" in answer.get_data(as_text=True)

    def test_a_page_speaks_its_own_languages_only(self, rt, client):
        with rt.work() as uow:
            a_page(uow, "mono", languages=["fr"])
        assert client.get("/mono/fr/").status_code == 200
        assert client.get("/mono/en/").status_code == 404
        assert client.get("/mono/", headers={"Accept-Language": "en"}).location == "/mono/fr/"

    def test_a_retired_page_is_gone(self, rt, client, platform):
        with rt.work() as uow:
            uow.session.get_one(type(platform.page), platform.page.id).retired_at = uow.now
        assert client.get("/mail/en/").status_code == 404

    def test_an_event_of_another_page_is_not_here(self, rt, client, platform, say):
        event = say()
        with rt.work() as uow:
            a_page(uow, "erp")
        assert client.get(f"/mail/en/events/{event.public_id}").status_code == 200
        assert client.get(f"/erp/en/events/{event.public_id}").status_code == 404

    def test_choosing_a_language_leads_to_the_same_page_in_it(self, client, platform):
        html = client.get("/mail/en/incidents/").get_data(as_text=True)
        assert '<a href="/mail/fr/incidents/" lang="fr"' in html
        answer = client.post("/-/language?next=/mail/fr/incidents/", data={"language": "fr"})
        assert answer.location == "/mail/fr/incidents/"

    @pytest.mark.parametrize("shelf", ["incidents", "announcements", "scheduled"])
    def test_each_shelf_says_when_it_is_empty(self, look, platform, shelf):
        assert look(f"/mail/en/{shelf}/").count('class="nothing"') >= 2


class TestCaching:
    def test_who_has_it_already_is_told_so(self, client, platform):
        first = client.get("/mail/en/")
        again = client.get("/mail/en/", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert first.headers["Cache-Control"].startswith("public, max-age=15")

    def test_a_change_changes_the_tag(self, client, platform, is_now):
        first = client.get("/mail/en/").headers["ETag"]
        is_now(platform.webmail, State.MINOR)
        assert client.get("/mail/en/").headers["ETag"] != first

    def test_head_says_the_same_without_the_body(self, client, platform):
        whole, head = client.get("/mail/en/"), client.head("/mail/en/")
        assert head.data == b""
        assert head.headers["ETag"] == whole.headers["ETag"]
        assert head.headers["Content-Length"] == str(len(whole.data))


class TestCost:
    def test_statements_do_not_grow_with_what_is_shown(
        self, rt, client, platform, clock, say, monkeypatch
    ):
        monkeypatch.setattr(hosts, "LOOK_SECONDS", 3600.0)  # on a slow machine too

        def statements(path):
            seen = []

            def note(*arguments):
                seen.append(arguments[2])

            hooks.listen(rt.database.reader, "before_cursor_execute", note)
            assert client.get(path).status_code == 200
            hooks.remove(rt.database.reader, "before_cursor_execute", note)
            return len([each for each in seen if each.startswith("SELECT")])

        say(states={platform.webmail: State.DOWN})
        paths = ("/mail/en/", "/", "/mail/en/incidents/", "/mail/en/feeds/all.rss")
        client.get("/")  # which looks for pages with hosts of their own
        few = {path: statements(path) for path in paths}
        with rt.work() as uow:
            section = a_section(uow, platform.page, "more", position=3)
            for n in range(20):
                component = a_component(uow, section, f"service-{n}", position=n)
                event = an_event(uow, platform.page)
                for no in range(1, 4):
                    an_update(
                        uow,
                        event,
                        states={component: State.MINOR},
                        no=no,
                        started_at=uow.now,
                    )
            a_component(uow, a_section(uow, a_page(uow, "erp")))
        assert {path: statements(path) for path in paths} == few
        assert max(few.values()) <= 17
