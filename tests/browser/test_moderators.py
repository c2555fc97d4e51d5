"""A moderator signs in, reads, decides, and watches what follows."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import overflow
from tests.browser.site import LONG, MODERATOR, PASSWORD, Site


@pytest.fixture
def held(site) -> str:
    """A message to a list, far in the future, that waits for a decision; its id."""
    message = {
        "title": {"fr": "Coupure mardi", "en": f"Power cut on Tuesday {LONG}"},
        "body": {"fr": "Tout s'arrête de 2 h à 4 h.", "en": "All stops from 2 to 4."},
        "plan": {"not_before": _in_days(20)},
        "expires_at": _in_days(27),
    }
    publication: str = site.submit("/lists/informations/messages", message)
    return publication


@pytest.fixture
def member(site, visit) -> None:
    """Somebody on the list."""
    page = visit("/mesange/en/subscribe?lists=informations", java_script_enabled=False)
    page.get_by_label("E-mail address").fill("owl@example.org")
    page.keyboard.press("Enter")
    page.wait_for_url("**/subscribe/sent")
    page.goto(site.link_in_mail("owl@example.org", "/c/"))
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are subscribed")


def sign_in(page: Page, email: str = MODERATOR) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def steer(site: Site, rollout_url: str, step: str) -> None:
    rollout = rollout_url.rpartition("/")[2]
    site.post(f"/rollouts/{rollout}/{step}", {"comment": "the phone rings"})


def test_a_moderator_reads_both_languages_approves_and_watches(site, visit, member, held):
    page = visit(f"/console/moderation/{held}")
    sign_in(page)
    expect(page).to_have_url(re.compile(held))
    letters = {"fr": "Tout s'arrête", "en": "All stops"}
    for language, words in letters.items():
        frame = page.frame_locator(f".mail[lang={language}] .phone iframe")
        expect(frame.locator("body")).to_contain_text(words)
    expect(page.locator(".case-weigh .figure")).to_have_text("1")

    page.get_by_role("button", name="Approve and send").click()
    expect(page).to_have_url(re.compile("/console/rollouts/"))
    expect(page.get_by_text("Approved. Its rollout is being planned.")).to_be_visible()

    page.clock.install()
    page.reload()
    page.locator("h1").evaluate("it => it.dataset.seen = 'yes'")
    _watch(page, "1 delivery|Stage 1")
    steer(site, page.url, "pause")
    _watch(page, "Somebody paused it")
    expect(page.locator("h1")).to_have_attribute("data-seen", "yes")  # without being loaded again

    page.goto(page.url)
    page.get_by_role("link", name="Resume").click()
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#progress")).not_to_contain_text("Somebody paused it")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_desk_fits_the_window(visit, held, width):
    page = visit("/console/moderation", width=width)
    sign_in(page)
    for path in ("/console/moderation", f"/console/moderation/{held}", "/console/rollouts"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert overflow(page) <= 0, path


def test_a_wrong_password_says_so_and_nothing_more(visit):
    page = visit("/console/login")
    page.get_by_label("E-mail address").fill(MODERATOR)
    page.get_by_label("Password").fill("not this one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not go together")
    expect(page.get_by_label("E-mail address")).to_have_value(MODERATOR)


def _in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def _watch(page: Page, words: str) -> None:
    """Let the page's clock run until it shows *words*, without loading it again."""
    progress = page.locator("#progress")
    for _ in range(20):
        with page.expect_response(re.compile("/console/rollouts/")):
            page.clock.run_for(10_000)
        if re.search(words, progress.inner_text()):
            return
    expect(progress).to_have_text(re.compile(words))
