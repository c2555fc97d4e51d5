"""Looks at pages as everybody sees them: axe, each window, valid HTML, the weight on the wire."""

import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from playwright.sync_api import Page, expect

from service.web.i18n import COOKIE
from tests.readers import FOLDER

AXE = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SEEN = ["color-contrast", "target-size"]  # what a window can change
MOST_BYTES = 60_000  # over the wire on a first visit, style and script included

Scheme = Literal["light", "dark"]
Window = tuple[Scheme, int]
EVERY: tuple[Window, ...] = (("light", 390), ("light", 1280), ("dark", 390), ("dark", 1280))
OPPOSITE: tuple[Window, ...] = (("light", 1280), ("dark", 390))

#: Adds up what the page and all it asked for took over the wire.
WEIGHT = """() => [...performance.getEntriesByType("navigation"),
    ...performance.getEntriesByType("resource")].reduce((sum, it) => sum + it.transferSize, 0)"""


def look_at(
    page: Page, paths: Iterable[str], language: str, windows: Iterable[Window] = OPPOSITE
) -> None:
    """Open each path in *language* as for the first time, and look at it from every side."""
    context = page.context
    origin = page.evaluate("location.origin")
    context.add_cookies([{"name": COOKIE, "value": language, "url": origin}])
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    documents: dict[str, str] = {}
    faults: list[str] = []
    for path in paths:
        answer = page.goto(path.format(language), wait_until="load")
        assert answer is not None
        documents[path] = answer.text()
        expect(page.locator("html")).to_have_attribute("lang", language)
        if not 0 < (weight := page.evaluate(WEIGHT)) <= MOST_BYTES:
            faults.append(f"{path} weighs {weight} bytes")
        faults += (f"{path} {fault}" for fault in faults_of(page, windows))
    wrong = faults + invalid(documents)
    assert wrong == [], "\n".join(wrong)


def look(page: Page, name: str) -> None:
    """Look at what is shown, whatever led to it."""
    wrong = faults_of(page)
    assert wrong == [], "\n".join([name, *wrong])


def faults_of(page: Page, windows: Iterable[Window] = OPPOSITE) -> list[str]:
    """The whole of axe with what can be opened open, then what each of *windows* can change."""
    page.evaluate("document.querySelectorAll('main details').forEach(it => { it.open = true; })")
    found = violations(page)
    for scheme, width in windows:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        seen = violations(page, {"runOnly": SEEN})
        if (wide := overflow(page)) > 0:
            seen.append(f"is {wide} pixels too wide")
        found += (f"{scheme} {width}: {each}" for each in seen)
    return found


def violations(page: Page, rules: dict[str, Any] | None = None) -> list[str]:
    """What axe finds wrong with what is shown; *rules* to look for other ones than `RULES`.

    Frames hold mails in a sandbox, which lets no script in.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "asked => axe.run(document, {iframes: false, ...asked})", rules or {"runOnly": RULES}
    )
    return [f"{it['id']}: {it['nodes'][0]['html'][:200]}" for it in found["violations"]]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def invalid(documents: Mapping[str, str]) -> list[str]:
    """What html-validate finds wrong with each of *documents*."""
    done = subprocess.run(  # noqa: S603
        [shutil.which("node") or "node", "validate.mjs"],
        input=json.dumps(documents).encode(), capture_output=True, cwd=FOLDER, timeout=60,
        check=True,
    )  # fmt: skip
    found: list[str] = json.loads(done.stdout)
    return found
