"""Staff set a relay up and read the matrix: by day on a desk, by night on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import overflow, violations
from tests.browser.site import ADMIN, PASSWORD

HOOK = "https://hooks.slack.com/services/T000/B000/secret"


def signed_in(visit, **options) -> Page:
    page: Page = visit("/console/login", **options)
    page.get_by_label("E-mail address").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(re.compile("/login"))
    page.goto("/console/relays")
    return page


def set_up(page: Page, label: str) -> None:
    form = page.locator("section", has=page.get_by_role("heading", name="Set up a relay"))
    form.get_by_label("Address").fill(HOOK + label.rsplit(maxsplit=1)[-1])
    form.get_by_label("Name for people").fill(label)
    form.get_by_label("Incidents").select_option("critical")
    for box in form.get_by_role("checkbox").all():
        box.uncheck()
    form.get_by_role("button", name="Set up a relay").click()
    expect(page.get_by_text("The relay is set up.")).to_be_visible()


def end(page: Page) -> None:
    page.get_by_role("button", name="End this relay").click()
    expect(page.get_by_text("The relay has ended.")).to_be_visible()


@pytest.mark.npm
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_the_matrix_says_what_goes_where_and_never_the_address(visit, scheme, width):
    page = signed_in(visit, width=width, color_scheme=scheme)
    assert violations(page) == []
    set_up(page, f"On call {scheme}")
    row = page.get_by_role("row", name=re.compile("Incident · critical"))
    expect(row).to_contain_text("yes", ignore_case=True)
    expect(page.get_by_role("row", name=re.compile("Incident · major"))).not_to_contain_text("yes")
    assert "services/T000" not in page.content()
    assert violations(page) == []
    assert overflow(page) <= 0
    end(page)
