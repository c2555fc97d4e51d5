"""Somebody subscribes, chooses, leaves and comes back: with a keyboard, and without scripts."""

import re

from playwright.sync_api import Locator, Page, expect

MOST_STOPS = 120  # what a page may need of Tab


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until *wanted* has the focus."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("it => it === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not reach {wanted}")


def press(page: Page, role: str, name: str | re.Pattern[str], key: str = "Enter") -> None:
    """Reach what has this role and name with Tab, and press *key* on it."""
    tab_to(page, page.get_by_role(role, name=name))  # type: ignore[arg-type]
    page.keyboard.press(key)


WEBMAIL = re.compile("^Webmail")  # and not the event of that name


def heading(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def subscribe(page: Page, address: str) -> None:
    tab_to(page, page.get_by_label("E-mail address"))
    page.keyboard.type(address)
    page.keyboard.press("Enter")
    heading(page, "Look in your mailbox")


def test_a_visitor_subscribes_chooses_leaves_and_returns_with_the_keyboard_alone(site, visit):
    page = visit("/mesange/en/subscribe", java_script_enabled=False)
    subscribe(page, "wren@example.org")

    page.goto(site.link_in_mail("wren@example.org", "/c/"))
    heading(page, "Do you want these messages?")
    press(page, "button", "Accept")
    heading(page, "You are subscribed")

    press(page, "link", "Choose what I receive")
    heading(page, "My subscriptions")
    tab_to(page, page.get_by_role("radio", name="All of them, and those added later"))
    page.keyboard.press("ArrowDown")
    press(page, "checkbox", WEBMAIL, "Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved. It holds from now on.")).to_be_visible()
    expect(page.get_by_role("radio", name="Only the ones I choose")).to_be_checked()
    expect(page.get_by_role("checkbox", name=WEBMAIL)).to_be_checked()
    expect(page.get_by_role("checkbox", name="Spam and virus filter")).not_to_be_checked()

    press(page, "button", "Leave Mésange")
    heading(page, "You have left")
    press(page, "button", "That was a mistake: undo")
    expect(page.get_by_text("Welcome back: everything is as it was.")).to_be_visible()
    expect(page.get_by_role("checkbox", name=WEBMAIL)).to_be_checked()


def test_a_refusal_is_as_easy_as_an_acceptance(site, visit):
    page = visit("/mesange/fr/subscribe", java_script_enabled=False)
    page.get_by_label("Adresse").first.fill("merle@example.org")
    page.keyboard.press("Enter")
    page.wait_for_url("**/subscribe/sent")
    page.goto(site.link_in_mail("merle@example.org", "/c/"))
    page.get_by_role("button", name="Refuser").click()
    heading(page, "Nous ne vous écrirons pas")


def test_an_address_that_cannot_be_is_pointed_at_and_kept(visit):
    page = visit("/mesange/en/subscribe", width=390)
    address = page.get_by_label("E-mail address")
    address.fill("wren at example")
    page.get_by_role("button", name="Subscribe", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(address).to_be_focused()
    expect(address).to_have_value("wren at example")
    expect(address).to_have_accessible_description(re.compile("does not look like"))


def test_the_browsers_own_time_zone_is_proposed(visit):
    page = visit("/mesange/en/subscribe", timezone_id="America/Montreal")
    expect(page.get_by_label("Time zone")).to_have_value(re.compile("America/(Montreal|Toronto)"))
