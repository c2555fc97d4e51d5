"""Launch plans and rollouts in the console: both languages, day and night, phone and desk."""

import time

import pytest
from playwright.sync_api import Locator, Page, expect

from service.launches.plan import CHECKS, PARTIES, RISKS
from tests.browser.looking import look_at, overflow
from tests.browser.site import ADMIN, CROWD, CROWDED, SECONDS, Site
from tests.browser.test_moderators import sign_in
from tests.browser.test_steering import approved


@pytest.fixture(scope="module")
def pages(site: Site) -> tuple[str, ...]:
    """The pages of a message that waits, and of its launch plan."""
    words = {"fr": "Nouveau serveur", "en": "A new server"}
    held = site.submit(
        "/events",
        {"page": CROWDED, "category": "announcement", "title": words, "body": words},
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
    return shown(held)


def shown(held: str) -> tuple[str, ...]:
    """The pages about launches and about how the message *held* would leave."""
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
def test_axe_finds_nothing_whatever_the_window(visit, pages, language):
    page = visit("/console/launches")
    sign_in(page)
    look_at(page, pages, language)


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
    waive(page, "dns", "")
    expect(page.locator("#e-dns")).to_be_visible()
    waive(page, "dns", "The address stays.")
    expect(page.locator("#check-dns")).to_contain_text("The address stays.")
    assert overflow(page) <= 0


def waive(page: Page, key: str, comment: str) -> None:
    """Go without a check."""
    check = opened(page, key)
    check.locator("textarea").fill(comment)
    check.get_by_role("button", name="Go without it").click()


def opened(page: Page, key: str) -> Locator:
    """A check, with its form."""
    check = page.locator(f"#check-{key}")
    if not check.locator("textarea").is_visible():
        check.locator("summary").click()
    return check


LAUNCH = "/console/launches/the-quay-opens"
PRESET = [each.key for each in CHECKS]
AT_ONCE = {"windows": [], "growth": {"kind": "percent", "steps": [100]}, "gate": {"min_bake": 0}}
HEAD = "The quay opens"
PLAN = {
    "interruption_from": "2030-12-01T08:00",
    "interruption_to": "2030-12-01T08:20",
    "responsible": "Ada",
    "backup": "Grace",
    "mechanism": "By mail.",
    "dependencies": "The crane is gone",
    "seeds": "seed@example.net",
    "parties.8.contacts": "sales@example.net",
    "parties.5.contacts": "security@example.net",
}


def test_a_launch_is_played_from_its_plan_to_its_report(site, visit):
    words = {"fr": "Le quai ouvre", "en": HEAD}
    held = site.submit(
        "/events",
        {"page": CROWDED, "category": "announcement", "title": words, "body": words,
         "plan": AT_ONCE},
    )  # fmt: skip
    page = visit("/console/login")
    sign_in(page, ADMIN)
    planned(page, held)
    arrived(page)
    rewritten(page)
    expect(card(page, "Test of")).to_contain_text("Not tested")
    arrived(page)
    for key in PRESET[:-1]:
        opened(page, key).get_by_role("button", name="It is done").click()

    to_the_message(page).get_by_role("button", name="Approve and send").click()
    expect(page.get_by_text("the launch plan it belongs to is not ready")).to_be_visible()
    page.get_by_role("link", name=HEAD, exact=True).click()
    waive(page, PRESET[-1], "Nothing is deployed.")
    expect(page.locator(".lead-row")).to_contain_text("Ready")
    rollout = approved(to_the_message(page))

    site.link_in_mail("sales@example.net", "/console/launches/")
    page.goto(LAUNCH)
    page.get_by_text("Declare trouble", exact=True).click()
    page.get_by_label("What is wrong").fill("The crane is back.")
    page.get_by_role("button", name="Declare trouble").click()
    site.link_in_mail("security@example.net", "/console/launches/")
    site.wait_until(f"/rollouts/{rollout}", lambda it: it["state"] == "completed")
    page.goto(LAUNCH)
    for said in ("Success", "100 %", "Nothing is deployed.", "The crane is back.", f"{CROWD}"):
        expect(card(page, "Report")).to_contain_text(said)
    assert len(site.letters("at ten")) == CROWD


def planned(page: Page, held: str) -> None:
    """Write the plan of a message; all of it is then to be seen."""
    page.goto("/console/launch-plans/new")
    page.locator("#f-title").fill(HEAD)
    page.locator("[name=publication]").select_option(held)
    page.locator("[name=zone]").select_option("Europe/Paris")
    for name, value in PLAN.items():
        field = page.locator(f"[name='{name}']")
        if not field.is_visible():
            page.locator("details", has=field).locator("summary").click()
        field.fill(value)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(HEAD)
    for said in ("Ada", "Grace", "By mail.", "The crane is gone", "08:00", "security@example.net"):
        expect(page.locator("main")).to_contain_text(said)
    expect(card(page, "Message", exact=True)).to_contain_text(f"{CROWD} of {CROWD} concerned")
    expect(card(page, "Who is to be told").get_by_role("listitem")).to_have_count(len(PARTIES))
    expect(card(page, "Risks").get_by_role("listitem")).to_have_count(len(RISKS))


def arrived(page: Page) -> None:
    """Send the test of message and delivery, and wait until it has arrived."""
    page.get_by_role("button", name="Send what is missing").click()
    deadline = time.monotonic() + SECONDS
    while not card(page, "Test of").get_by_text("Arrived").is_visible():
        assert time.monotonic() < deadline
        page.reload()


def rewritten(page: Page) -> None:
    """Write the message anew; come back to the plan."""
    to_the_message(page).get_by_role("link", name="Edit").first.click()
    page.locator("[name='title.en']").fill(f"{HEAD} at ten")
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("at ten")
    page.goto(LAUNCH)


def to_the_message(page: Page) -> Page:
    page.goto(LAUNCH)
    card(page, "Message", exact=True).get_by_role("link").first.click()
    return page


def card(page: Page, name: str, *, exact: bool = False) -> Locator:
    return page.get_by_role("region", name=name, exact=exact)
