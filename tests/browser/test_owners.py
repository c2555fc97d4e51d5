"""What owners of an address see: by day and by night, on a phone, with a keyboard alone."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.access import keys, links
from service.access.models import Purpose
from tests.browser.looking import look, look_at
from tests.browser.test_visitors import heading, press, tab_to
from tests.browser.traces import Traces


@dataclass(frozen=True, slots=True)
class Entries:
    """The ways to somebody's pages, each as a mail gave it."""

    confirm: str  # still unanswered
    footer: str
    hour: str
    leave: str


@pytest.fixture(scope="module")
def entries(site, browser) -> Entries:
    """Somebody on a page, asked about a list, with a link of an hour."""
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/mesange/en/subscribe")
    page.get_by_label("E-mail address").fill("heron@example.org")
    page.keyboard.press("Enter")
    heading(page, "Look in your mailbox")
    page.goto(site.link_in_mail("heron@example.org", "/c/"))
    page.get_by_role("button", name="Accept").click()
    heading(page, "You are subscribed")
    page.get_by_role("link", name="Choose what I receive").click()
    heading(page, "My subscriptions")
    footer = page.url.removeprefix(site.url)
    page.get_by_role("button", name="Send me a link to change more").click()
    page.wait_for_url("**?done=link")
    hour = site.link_in_mail("heron@example.org", "/p/")
    page.goto("/mesange/en/subscribe?lists=informations")
    page.get_by_label("E-mail address").fill("heron@example.org")
    page.keyboard.press("Enter")
    heading(page, "Look in your mailbox")
    confirm = site.link_in_mail("heron@example.org", "/c/")
    page.goto(footer)
    held = page.locator(".subscription button[name=leave]").first.get_attribute("value")
    context.close()
    keys.use(b"k" * 32)
    token = links.stateless(Purpose.UNSUBSCRIBE, f"subscription:{held}")
    return Entries(confirm, footer, hour, f"/u/{token}")


def shown(entries: Entries, traces: Traces) -> tuple[str, ...]:
    """Every page that somebody may be on, and open again without changing anything."""
    return (
        "/p",
        "/p/sent",
        "/mesange/{}/subscribe/sent",
        entries.confirm,
        entries.footer,
        entries.hour,
        f"{entries.hour}/received",
        f"{entries.hour}/erase",
        f"{entries.hour}/code",
        entries.leave,
        "/c/unknown",
        "/c/unknown/renew",
        f"/h/{traces.owner}",
        f"/h/{traces.owner}/{traces.endpoint}",
        f"/h/{traces.owner}/{traces.endpoint}/attempts/{traces.attempt}",
    )


@pytest.mark.npm
@pytest.mark.parametrize("language", ["fr", "en"])
def test_axe_finds_nothing_whatever_the_window(site, visit, entries, language):
    look_at(visit("/p"), shown(entries, site.traces), language)


@pytest.mark.npm
def test_axe_finds_nothing_behind_the_buttons(site, visit):
    page = visit("/mesange/fr/subscribe", width=390)
    page.get_by_label("Adresse électronique").fill("sandpiper@example.org")
    page.keyboard.press("Enter")
    page.wait_for_url("**/subscribe/sent")
    page.goto(site.link_in_mail("sandpiper@example.org", "/c/"))
    page.get_by_role("button", name="Accepter").click()
    look(page, "answered")
    page.get_by_role("link", name="Choisir ce que je reçois").click()
    page.get_by_role("button", name="Tout quitter").click()
    look(page, "goodbye")
    page.get_by_role("button", name="C’était une erreur : annuler").click()
    look(page, "restored")


def test_the_keyboard_takes_the_data_along_and_has_them_erased(site, visit):
    page = visit("/mesange/en/subscribe", java_script_enabled=False, width=390)
    tab_to(page, page.get_by_label("E-mail address"))
    page.keyboard.type("egret@example.org")
    page.keyboard.press("Enter")
    heading(page, "Look in your mailbox")
    page.goto(site.link_in_mail("egret@example.org", "/c/"))
    press(page, "button", "Accept")
    heading(page, "You are subscribed")

    page.goto("/p")
    tab_to(page, page.get_by_label("E-mail address"))
    page.keyboard.type("egret@example.org")
    page.keyboard.press("Enter")
    heading(page, "Look in your mailbox")
    page.goto(site.link_in_mail("egret@example.org", "/p/"))
    with page.expect_download() as download:
        press(page, "link", "Take my data along (JSON)")
    taken = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert [each["address"] for each in taken["addresses"]] == ["egret@example.org"]

    press(page, "link", "Erase my data")
    press(page, "checkbox", "I understand that this cannot be undone.", "Space")
    press(page, "button", "Erase my data")
    heading(page, "You are forgotten")
