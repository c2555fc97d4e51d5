"""Every page there is, for everybody: axe, HTML, weight, and not one forgotten."""

import re
from collections.abc import Iterable
from dataclasses import fields

import pytest
from playwright.sync_api import expect
from werkzeug.exceptions import NotFound
from werkzeug.routing import RequestRedirect

from service.app import create_app
from service.web.callers import mark_of
from tests.browser import test_launches, test_owners, test_progress
from tests.browser.looking import EVERY, look_at
from tests.browser.site import ADMIN, Site
from tests.browser.test_moderators import sign_in
from tests.browser.traces import Traces

PUBLIC = (
    "/",
    "/mesange/{}/",
    "/mesange/{}/incidents/",
    "/mesange/{}/announcements/",
    "/mesange/{}/scheduled/",
    "/mesange/{}/subscribe",
    "/mesange/{}/webhooks",
    "/mesange/{}/webhooks/sent",
    "/mesange/{}/components/webmail",
    "/mesange/{}/history/",
    "/mesange/{}/touched",
    "/mesange/{}/channels/",
    "/mesange/{}/feeds/",
    "/mesange/{}/widget",
    "/lists/",
    "/lists/travaux/",
    "/console/login",
    "/dev/mailbox",
    "/api/v1/docs",
)


def public(incident: str) -> tuple[str, ...]:
    """Every page that needs no account and no link from a mail."""
    return (*PUBLIC, f"/mesange/{{}}/events/{incident}")


def desks(incident: str, held: tuple[str, str], it: Traces) -> tuple[str, ...]:
    """The console, without what other files look at."""
    event, post = held
    return (
        "/console/account",
        "/console/audit",
        "/console/endpoints",
        f"/console/endpoints/{it.endpoint}",
        f"/console/endpoints/{it.endpoint}/attempts/{it.attempt}",
        "/console/events",
        f"/console/events/{incident}",
        f"/console/events/held/{event}",
        "/console/events/new/mesange/maintenance",
        "/console/handbook",
        "/console/handbook/mesange",
        "/console/letters",
        f"/console/letters/{it.letter}/files",
        "/console/lists",
        "/console/lists/informations",
        "/console/lists/informations/compose",
        f"/console/lists/held/{post}",
        "/console/moderation",
        f"/console/moderation/{event}",
        "/console/moderation-rules",
        "/console/pages",
        "/console/pages/mesange",
        "/console/pages/mesange/settings",
        "/console/pages/mesange/components/webmail",
        "/console/relays",
        "/console/senders",
        f"/console/senders/{it.sender}",
        "/console/staff",
        "/console/subscribers",
        f"/console/subscribers/{it.subscriber}",
        "/console/suppressions",
        "/console/transfers",
        f"/console/transfers/{it.takeover}",
    )


#: What answers no page: files and documents, redirects, what programs ask for.
NO_PAGES = frozenset(
    {
        "static", "status.asset", "status.security", "status.page", "status.robots",
        "shell.favicon", "healthz", "readyz", "version", "metrics.metrics",
        "status_recap.badge", "status_recap.recap", "status_recap.script",
        "status_feeds.calendar", "status_feeds.opml", "status_feeds.part", "status_feeds.feed",
        "status_feeds.states", "status_v2.document", "status_v2.only_page", "status_v2.history",
        "archives.feed", "files.show", "files.kept", "letters.raw", "trail.export",
        "suppressions.export", "accounts.proof_file", "own.export", "mailbox.raw",
        "access.home", "single.begin", "single.back", "own.back", "preferences.back",
    }
)  # fmt: skip
#: What is seen in another page's frame, or for a moment behind a button of one that is looked at.
WITHIN = frozenset(
    {
        "moderation.mail", "mailbox.framed", "mailbox.letter", "archives.message", "access.code",
        "acting.ask", "codes.stopped",
    }
)  # fmt: skip


@pytest.fixture(scope="module")
def incident(site: Site) -> str:
    """The one that runs."""
    return site.wait_for(r"/mesange/en/events/(\w{12})", "/mesange/en/").group(1)


@pytest.fixture(scope="module")
def held(site: Site) -> tuple[str, str]:
    """An announcement and a message to a list that wait for a decision."""
    words = {"fr": "Nouveaux tarifs", "en": "New prices"}
    message = {"title": words, "body": words}
    event = site.submit("/events", {"page": "mesange", "category": "announcement", **message})
    return event, site.submit("/lists/informations/messages", message)


@pytest.mark.npm
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_public_page_suits_everybody(visit, incident, language):
    look_at(visit("/", locale=language), public(incident), language, EVERY)


@pytest.mark.npm
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_desk_suits_everybody(site, visit, incident, held, language):
    page = visit("/console/login")
    sign_in(page, ADMIN)
    look_at(page, desks(incident, held, site.traces), language)


def test_no_page_is_forgotten(rt):
    app = create_app(rt)
    entries = test_owners.Entries("/c/x", "/p/x", "/p/y", "/u/x")
    traces = Traces(*("1" for _ in fields(Traces)))  # type: ignore[arg-type]
    crowd = test_progress.Crowd("watched", "waiting")
    looked_at = {
        *public("event"),
        *desks("event", ("held", "post"), traces),
        *test_owners.shown(entries, traces),
        *test_progress.shown(crowd),
        *test_launches.shown("held"),
    }
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not _is_api(app, rule)
    }
    seen = set(_endpoints(app, looked_at))
    assert pages - seen - NO_PAGES - WITHIN == set()
    assert pages - seen >= NO_PAGES | WITHIN


def _is_api(app, rule):
    mark = mark_of(app.view_functions[rule.endpoint])
    return rule.rule.startswith("/api/v1") and (mark is None or rule.rule != "/api/v1/docs")


def _endpoints(app, paths: Iterable[str]) -> Iterable[str]:
    places = app.url_map.bind("localhost")
    for path in paths:
        try:
            yield places.match(path.format("en"))[0]
        except (NotFound, RequestRedirect) as error:
            raise AssertionError(f"{path} leads nowhere") from error


def test_without_scripts_everything_is_there(visit, incident):
    page = visit("/", java_script_enabled=False)
    for path in public(incident):
        page.goto(path.format("en"))
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_each_day_of_a_service_has_a_name_and_the_focus(visit):
    page = visit("/mesange/en/components/webmail")
    days = page.locator(".bar .day")
    expect(days).to_have_count(90)
    days.last.focus()
    expect(days.last).to_be_focused()
    expect(days.last).to_have_accessible_name(re.compile(r"\w+day, \d+ \w+ \d{4}: .+"))
