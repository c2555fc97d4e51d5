"""A rollout in progress: read, steered and explained in both languages, with a keyboard alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import look_at
from tests.browser.site import CROWDED, Site
from tests.browser.test_moderators import sign_in
from tests.browser.test_visitors import heading, press, tab_to

FIRST = 50  # people in the first stage
PLAN = {
    "windows": [],
    "growth": {"kind": "absolute", "steps": [FIRST]},
    "gate": {"min_bake": 600, "max_bake": 900},
}


@dataclass(frozen=True, slots=True)
class Crowd:
    """Two rollouts to a hundred people: one is being watched, one waits for its day."""

    watched: str
    waiting: str


@pytest.fixture(scope="module")
def crowd(site: Site) -> Crowd:
    later = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    found = Crowd(
        approved(site, "Prices change", PLAN), approved(site, "Doors close", {"not_before": later})
    )
    site.wait_until_sent(found.watched, FIRST)
    return found


def approved(site: Site, title: str, plan: Mapping[str, object]) -> str:
    words = {"fr": title, "en": title}
    message = {"page": CROWDED, "category": "announcement", "title": words, "body": words}
    return site.approve(site.submit("/events", {**message, "plan": plan}))


def opened(visit, path: str, **options: object) -> Page:
    page: Page = visit("/console/login", **options)
    sign_in(page)
    page.goto(path)
    return page


def shown(crowd: Crowd) -> tuple[str, ...]:
    """Every page about them."""
    here = f"/console/rollouts/{crowd.watched}"
    acts = ("/pause", "/resume", "/abort", "/override", "/correct")
    steps = ("", *acts, "/explain", "/deliveries", "/needs")
    return (
        *(f"{here}{step}" for step in steps),
        f"/console/rollouts/{crowd.waiting}",
        f"/console/recalls/{crowd.waiting}",
        "/console/rollouts/freezes",
    )


@pytest.mark.npm
@pytest.mark.parametrize("language", ["fr", "en"])
def test_axe_finds_nothing_whatever_the_window(visit, crowd, language):
    look_at(opened(visit, "/console/rollouts"), shown(crowd), language)


def test_it_says_what_its_gate_has_and_still_needs(visit, crowd):
    page = opened(visit, f"/console/rollouts/{crowd.watched}", java_script_enabled=False)
    gate = page.get_by_role("region", name="What stage 1 waits for")
    expect(gate).to_contain_text(f"{FIRST} counted, 45 needed")
    expect(gate).to_contain_text("to go")
    expect(gate).to_contain_text("at the earliest")
    labels = page.locator("svg.chart[aria-labelledby^=c-] text").all_text_contents()
    assert len(set(labels)) == len(labels)
    page.goto(f"/console/rollouts/{crowd.waiting}")
    waits = page.get_by_role("region", name="What stage 1 waits for")
    expect(waits).to_contain_text("0 counted, 45 needed")
    expect(waits).to_contain_text("in about 3 d")


def test_the_keyboard_alone_pauses_and_resumes_it(visit, crowd):
    page = opened(visit, f"/console/rollouts/{crowd.watched}", java_script_enabled=False, width=390)
    press(page, "link", "Pause")
    heading(page, "Pause this rollout?")
    expect(page.locator(".figures li").first).to_contain_text("50")
    tab_to(page, page.get_by_label("Why"))
    page.keyboard.type("The shop called.")
    press(page, "button", "Pause")
    expect(page.get_by_text("Somebody paused it.")).to_be_visible()
    expect(page.get_by_role("region", name="Decisions")).to_contain_text("The shop called.")
    press(page, "link", "Resume")
    heading(page, "Resume this rollout?")
    press(page, "button", "Resume")
    expect(page.get_by_text("Resumed: windows were worked out anew.")).to_be_visible()


def test_the_keyboard_alone_asks_why_somebody_got_it_and_somebody_did_not(visit, crowd):
    here = f"/console/rollouts/{crowd.watched}/explain"
    page = opened(visit, here, java_script_enabled=False, width=390)
    for address, words in (("p1@example.org", "Cohort:"), ("heron@example.net", "Nobody known")):
        tab_to(page, page.get_by_label("Address"))
        page.keyboard.press("Control+A")
        page.keyboard.type(address)
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text(words)
