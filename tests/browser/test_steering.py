"""Buttons of a rollout: what their pages state in numbers is what then happens, to the last one."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from scheduling import zones
from tests.browser.site import ADMIN, CROWD, CROWDED, MODERATOR, Site
from tests.browser.test_moderators import sign_in

GATE = {"min_bake": 600, "max_bake": 900}
FIRST = 50  # people in the first stage where there is a second


def submitted(site: Site, title: str, plan: Mapping[str, object]) -> str:
    """An announcement to the crowd that waits for a moderator; its id."""
    words = {"fr": title, "en": title}
    message = {"page": CROWDED, "category": "announcement", "title": words, "body": words}
    return site.submit("/events", {**message, "plan": {"gate": GATE, **plan}})


def begun(site: Site, title: str, plan: Mapping[str, object]) -> str:
    """The same, approved by a program; its rollout's id."""
    return site.approve(submitted(site, title, plan))


def signed_in(visit, email: str) -> Page:
    page: Page = visit("/console/login")
    sign_in(page, email)
    return page


def stated(page: Page) -> dict[str, int]:
    """The numbers of a confirmation page, by the words behind them."""
    lines = page.locator(".figures li").all()
    return {
        line.locator("span").first.inner_text(): int(line.locator("b").inner_text().split()[0])
        for line in lines
    }


def number(page: Page, words: str) -> int:
    """The number in front of *words*; 0 where the page does not speak of it."""
    return sum(count for said, count in stated(page).items() if re.search(words, said))


def press(page: Page, button: str, why: str) -> None:
    page.get_by_label("Why").fill(why)
    page.get_by_role("button", name=button).click()


def ledger(site: Site, rollout: str) -> Counter[str]:
    """How many deliveries are in which state, recipient by recipient."""
    return Counter(each["state"] for each in deliveries(site, rollout))


def deliveries(site: Site, rollout: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.get(f"/rollouts/{rollout}/deliveries?limit=1000")[
        "deliveries"
    ]
    return found


def an_hour_of_paris() -> dict[str, Any]:
    """A window that is open in Paris now, and nowhere else where the crowd lives."""
    now = zones.wall_clock("Europe/Paris", datetime.now(UTC))
    start, end = now - timedelta(hours=1), now + timedelta(hours=4)
    return {"days": list(range(7)), "start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}


def test_a_pause_and_a_resume_do_what_their_pages_said(site, visit):
    hours = {"windows": [an_hour_of_paris()], "growth": absolute(FIRST), "spread": 0}
    # So slowly that some of Paris still wait when it is paused.
    rollout = begun(site, "The quay moves", {**hours, "per_minute": 120})
    here = f"/console/rollouts/{rollout}"
    site.wait_until_sent(rollout, 1)
    page = signed_in(visit, ADMIN)
    page.goto(f"{here}/pause")
    press(page, "Pause", "Is it the right quay?")
    expect(page.get_by_text("Somebody paused it.")).to_be_visible()
    site.wait_until(f"/rollouts/{rollout}", lambda it: not it["deliveries"]["sending"])

    before = ledger(site, rollout)
    page.goto(f"{here}/resume")
    at_once, later = number(page, "window is open now"), number(page, "comes later")
    assert number(page, "not open yet") == CROWD - FIRST
    assert at_once + later == before["planned"] - (CROWD - FIRST)
    press(page, "Resume", "It is.")
    site.wait_until_sent(rollout, before["accepted"] + at_once)

    waves = [each for each in stages(site, rollout)[0]["waves"] if each["state"] == "planned"]
    assert sum(each["size"] for each in waves) == later
    page.goto(f"{here}/pause")
    assert number(page, "would have left") == min(waves, key=lambda it: it["due_at"])["size"]
    stated_waiting = number(page, "get nothing until")
    press(page, "Pause", "The harbour master calls.")
    expect(page.get_by_text("Somebody paused it.")).to_be_visible()
    assert ledger(site, rollout) == {"accepted": FIRST - later, "planned": stated_waiting}
    assert len(site.letters("The quay moves")) == FIRST - later


def test_an_end_leaves_out_exactly_whom_it_said(site, visit):
    rollout = begun(site, "The bridge closes", {"windows": [], "growth": absolute(FIRST)})
    site.wait_until_sent(rollout, FIRST)
    page = signed_in(visit, ADMIN)
    page.goto(f"/console/rollouts/{rollout}/abort")
    assert stated(page) == {
        "will never get it": CROWD - FIRST,
        "have it already, and keep it": FIRST,
    }
    press(page, "Abort", "It was another bridge.")
    expect(page.get_by_text("Aborted.", exact=True)).to_be_visible()
    assert ledger(site, rollout) == {"accepted": FIRST, "cancelled": CROWD - FIRST}
    assert len(site.letters("The bridge closes")) == FIRST


def test_a_correction_that_ends_it_reaches_whom_it_had_reached_and_nobody_else(site, visit):
    rollout = begun(site, "Gates close", {"windows": [], "growth": absolute(FIRST)})
    site.wait_until_sent(rollout, FIRST)
    page = signed_in(visit, ADMIN)
    page.goto(f"/console/rollouts/{rollout}/correct")
    assert stated(page) == {
        "have the message and get the correction": FIRST,
        "do not have it yet, and get neither once it is ended": CROWD - FIRST,
    }
    page.get_by_label(f"End the rollout: {CROWD - FIRST} people").check()
    correction = corrected(page, "Gates stay open")
    site.wait_until_sent(correction, FIRST)
    assert ledger(site, rollout) == {"accepted": FIRST, "cancelled": CROWD - FIRST}
    assert ledger(site, correction) == {"accepted": FIRST}
    threaded(site, "Gates close", "Gates stay open")


def corrected(page: Page, title: str) -> str:
    """Write the correction and approve it; return its rollout's id."""
    for code in ("fr", "en"):
        page.locator(f"[name='title.{code}']").fill(title)
        page.locator(f"[name='body.{code}']").fill("What we said was wrong.")
    page.get_by_role("button", name="Hand it to a moderator").click()
    return approved(page)


def approved(page: Page) -> str:
    """Approve what is shown; return its rollout's id."""
    page.get_by_role("button", name="Approve and send").click()
    page.wait_for_url("**/console/rollouts/*")
    return page.url.rpartition("/")[2]


def threaded(site: Site, first: str, second: str) -> None:
    """Exactly those who got the *first* mail got the *second*, each as an answer to their own."""
    originals, answers = site.letters(first), site.letters(second)
    assert originals.keys() == answers.keys()
    for who, mail in answers.items():
        assert dict(mail.headers)["In-Reply-To"] == dict(originals[who].headers)["Message-ID"]


@pytest.fixture
def four_eyes(visit) -> Iterator[None]:
    """Nobody approves, or lets pass, what they wrote or approved: as an administrator chose."""

    def choose(is_on: bool) -> None:
        page.goto("/console/moderation-rules")
        page.get_by_label(re.compile("^Four eyes")).set_checked(is_on)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved.")).to_be_visible()

    page = signed_in(visit, ADMIN)
    choose(True)
    yield
    choose(False)


def test_a_gate_is_overridden_by_a_second_person_with_a_reason(site, visit, four_eyes):
    held = submitted(site, "The lift is out", {"windows": [], "growth": absolute(FIRST)})
    approver = signed_in(visit, MODERATOR)
    approver.goto(f"/console/moderation/{held}")
    rollout = approved(approver)
    site.wait_until_sent(rollout, FIRST)
    site.wait_until(
        f"/rollouts/{rollout}", lambda it: any(each["verdict"] == "hold" for each in it["gates"])
    )
    here = f"/console/rollouts/{rollout}/override"

    approver.goto(here)
    expect(approver.locator("main")).to_contain_text("You wrote or approved this message")
    press(approver, "Open all the same", "I am sure.")
    expect(approver.get_by_text("somebody else than its author and its approver")).to_be_visible()

    page = signed_in(visit, ADMIN)
    page.goto(here)
    opened = number(page, "although the gate holds")
    assert opened == CROWD - FIRST
    page.get_by_label("Why").evaluate("it => it.removeAttribute('required')")
    page.get_by_role("button", name="Open all the same").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("although its gate holds")
    assert ledger(site, rollout) == {"accepted": FIRST, "planned": opened}
    press(page, "Open all the same", "Support has no calls.")
    expect(page.get_by_text("Opened: the next stage begins.")).to_be_visible()
    expect(page.get_by_role("region", name="Decisions")).to_contain_text("Support has no calls.")
    site.wait_until_sent(rollout, FIRST + opened)
    assert ledger(site, rollout) == {"accepted": CROWD}
    assert len(site.letters("The lift is out")) == CROWD


def absolute(*steps: int) -> dict[str, Any]:
    return {"kind": "absolute", "steps": list(steps)}


def stages(site: Site, rollout: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.get(f"/rollouts/{rollout}")["stages"]
    return found
