"""Launch plans and rollouts in the console: both languages, day and night, phone and desk."""

import pytest
from playwright.sync_api import Page, expect

from service.web.i18n import COOKIE
from tests.browser.site import Site
from tests.browser.test_access import violations
from tests.browser.test_looks import overflow
from tests.browser.test_moderators import sign_in
from tests.browser.test_owners import check


@pytest.fixture(scope="module")
def pages(site: Site) -> tuple[str, ...]:
    """The pages of a message that waits, and of its launch plan."""
    words = {"fr": "Nouveau serveur", "en": "A new server"}
    held = site.submit(
        "/events",
        {"page": "mesange", "category": "announcement", "title": words, "body": words},
    )
    site.post(
        "/launches",
        {
            "slug": "server",
            "title": "The server moves",
            "publication": held,
            "seeds": ["a@example.org"],
        },
    )
    return (
        "/console/launches",
        "/console/launches/server",
        "/console/launch-plans/server",
        "/console/launch-plans/new",
        f"/console/previews/{held}",
        "/console/rollouts",
    )


@pytest.mark.npm
@pytest.mark.parametrize("language", ["fr", "en"])
def test_axe_finds_nothing_whatever_the_window(site, visit, pages, language):
    page = visit("/console/launches")
    sign_in(page)
    page.context.add_cookies([{"name": COOKIE, "value": language, "url": site.url}])
    for path in pages:
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("lang", language)
        for each in page.locator("main details:not([open]) > summary").all()[:4]:
            each.click()
        assert violations(page) == [], path
        check(page, path)


def test_a_plan_is_written_without_a_script_and_a_check_waived_only_with_a_word(visit):
    page = visit("/console/launch-plans/new", width=390, java_script_enabled=False)
    sign_in(page)
    page.goto("/console/launch-plans/new")
    page.locator("#f-title").fill("The portal moves")
    page.get_by_label("Responsible").fill("Ada")
    page.get_by_label("Backup").fill("Grace")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The launch plan is saved.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("The portal moves")
    _waive(page, "")
    expect(page.locator("#e-dns")).to_be_visible()
    _waive(page, "The address stays.")
    expect(page.locator("#check-dns")).to_contain_text("The address stays.")
    assert overflow(page) <= 0


def _waive(page: Page, comment: str) -> None:
    check = page.locator("#check-dns")
    if not check.locator("textarea").is_visible():
        check.locator("summary").click()
    check.locator("textarea").fill(comment)
    check.get_by_role("button", name="Go without it").click()
