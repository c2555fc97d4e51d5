"""Every public page and the desks about pages and events, for everybody: axe, HTML, weight."""

import re
import shutil
import subprocess
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import MODERATOR, PASSWORD
from tests.readers import FOLDER

AXE = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MOST_BYTES = 60_000  # over the wire on a first visit, style and script included

PUBLIC = (
    "/",
    "/mesange/{}/",
    "/mesange/{}/incidents/",
    "/mesange/{}/announcements/",
    "/mesange/{}/scheduled/",
    "/mesange/{}/subscribe",
    "/mesange/{}/components/webmail",
    "/mesange/{}/history/",
    "/mesange/{}/touched",
    "/mesange/{}/channels/",
    "/mesange/{}/widget",
    "/console/login",
)
DESKS = (
    "/console/pages",
    "/console/pages/mesange",
    "/console/pages/mesange/components/webmail",
    "/console/events",
    "/console/events/new/mesange/maintenance",
    "/console/handbook",
    "/console/handbook/mesange",
)
#: Adds up what the page and all it asked for took over the wire.
WEIGHT = """() => [...performance.getEntriesByType("navigation"),
    ...performance.getEntriesByType("resource")].reduce((sum, it) => sum + it.transferSize, 0)"""


def violations(page: Page, rules: dict[str, Any] | None = None) -> list[str]:
    """What axe finds wrong with what is shown; *rules* to look for other ones than `RULES`."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("asked => axe.run(document, asked)", rules or {"runOnly": RULES})
    return [f"{it['id']}: {it['nodes'][0]['html'][:200]}" for it in found["violations"]]


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.mark.npm
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_on_any_page(visit, language, scheme, width):
    page = visit("/", width=width, locale=language, color_scheme=scheme)
    for path in PUBLIC:
        page.goto(path.format(language))
        assert violations(page) == [], path
        assert overflow(page) <= 0, path


@pytest.mark.npm
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_on_the_desks(visit, scheme, width):
    page = visit("/console/login", width=width, color_scheme=scheme)
    page.get_by_label("E-mail address").fill(MODERATOR)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/console/moderation$"))
    for path in DESKS:
        page.goto(path)
        assert violations(page) == [], path
        assert overflow(page) <= 0, path


@pytest.mark.npm
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_html_is_valid(visit, language):
    page = visit("/")
    for path in PUBLIC:
        answer = page.request.get(path.format(language))
        done = subprocess.run(  # noqa: S603
            [shutil.which("node") or "node", "validate.mjs"],
            input=answer.body(), capture_output=True, cwd=FOLDER, timeout=60, check=True,
        )  # fmt: skip
        assert done.stdout.decode() == "", path


@pytest.mark.parametrize("path", PUBLIC)
def test_a_first_visit_is_light(visit, path):
    page = visit(path.format("fr"))
    page.wait_for_load_state("networkidle")
    assert 0 < page.evaluate(WEIGHT) <= MOST_BYTES


@pytest.mark.parametrize("path", [each for each in PUBLIC if "subscribe" not in each])
def test_without_scripts_everything_is_there(visit, path):
    page = visit(path.format("en"), java_script_enabled=False)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_each_day_of_a_service_has_a_name_and_the_focus(visit):
    page = visit("/mesange/en/components/webmail")
    days = page.locator(".bar .day")
    expect(days).to_have_count(90)
    days.last.focus()
    expect(days.last).to_be_focused()
    expect(days.last).to_have_accessible_name(re.compile(r"\w+day, \d+ \w+ \d{4}: .+"))
