"""Every page in both languages, by day and by night, on a phone and on a desk."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import overflow
from tests.browser.site import LONG

PAGES = (
    "/",
    "/mesange/{}/",
    "/mesange/{}/incidents/",
    "/mesange/{}/scheduled/",
    "/mesange/{}/announcements/",
    "/mesange/{}/subscribe",
    "/mesange/{}/subscribe/sent",
    "/console/login",
    "/dev/mailbox",
    "/nothing-here",
)

#: What the focus looks like; after the last stop of a page, the body has it.
FOCUS = """() => {
    const it = document.activeElement, look = getComputedStyle(it), {tagName, outerHTML} = it;
    return {tagName, outerHTML, style: look.outlineStyle, width: parseFloat(look.outlineWidth)};
}"""


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_scrolls_sideways(visit, language, width):
    page = visit("/", width=width, locale=language)
    for path in PAGES:
        page.goto(path.format(language))
        assert overflow(page) <= 0, path
        expect(page.locator("html")).to_have_attribute("lang", language)


@pytest.mark.parametrize(
    ("language", "verdict", "state"),
    [
        ("fr", "1 service est fortement perturbé", "Perturbation majeure"),
        ("en", "1 service is badly disrupted", "Major disruption"),
    ],
)
def test_the_overview_says_at_first_glance_what_is_wrong(visit, language, verdict, state):
    page = visit(f"/mesange/{language}/", width=390)
    expect(page.get_by_role("heading", level=1)).to_have_text(verdict)
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
    expect(page.locator(".alert")).to_contain_text(LONG)
    expect(page.locator("#component-webmail")).to_contain_text(state)


def test_the_night_has_other_colours_and_a_choice_beats_the_system(visit):
    day, night = visit("/mesange/en/"), visit("/mesange/en/", color_scheme="dark")
    assert background(day) != background(night)
    night.get_by_role("button", name="Light").click()
    assert background(night) == background(day)
    night.goto("/console/login")
    assert background(night) == background(visit("/console/login"))


def test_the_language_is_one_click_away_and_kept(visit):
    page = visit("/mesange/en/")
    page.get_by_role("link", name="FR", exact=True).click()
    expect(page).to_have_url(re.compile("/mesange/fr/$"))
    expect(page.locator("html")).to_have_attribute("lang", "fr")


def test_the_keyboard_may_skip_to_the_content(visit):
    page = visit("/mesange/en/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_what_has_the_focus_can_be_seen(visit):
    page = visit("/mesange/en/")
    for path in ("/mesange/en/", "/mesange/en/subscribe", "/console/login"):
        page.goto(path)
        page.keyboard.press("Tab")
        while (seen := page.evaluate(FOCUS))["tagName"] != "BODY":  # which comes after the last
            assert seen["style"] != "none", seen
            assert seen["width"] >= 2, seen
            page.keyboard.press("Tab")


@pytest.mark.parametrize(
    "path",
    ["/nothing-here", "/mesange/en/nothing", "/mesange/en/events/000000000000", "/c/no", "/p/no"],
)
def test_who_is_lost_finds_a_way_on(visit, path):
    page = visit(path, width=390)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert overflow(page) <= 0
    with page.expect_response("**") as answer:
        page.locator("main a.button").first.click()
    assert answer.value.ok
