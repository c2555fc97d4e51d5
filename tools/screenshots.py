"""Makes the README's pictures of a running demo, in light and dark.

    .venv/bin/tocsin demo --data-dir FOLDER --bind 127.0.0.1:8791 &
    .venv/bin/python tools/screenshots.py FOLDER http://127.0.0.1:8791

Needs chromium, which writes them as WebP.
"""

import secrets
import shutil
import sqlite3
import sys
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from service.access.actions import add_staff, create_key
from service.assembly import at_hand
from service.config import read_settings

INTO = Path(__file__).parents[1] / "docs" / "screenshots"
EMAIL = "pictures@example.org"
SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
_AS_WEBP = """async source => {
  const picture = new Image();
  picture.src = source;
  await picture.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height];
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return canvas.toDataURL("image/webp", 0.9);
}"""
HELD = {
    "page": "mesange",
    "category": "maintenance",
    "title": {"fr": "Nouveaux disques pour le courriel", "en": "New disks for mail"},
    "body": {
        "fr": "Nous remplaçons des disques. **Le webmail sera lent** une heure durant.",
        "en": "We are replacing disks. **Webmail will be slow** for an hour.",
    },
    "components": [{"component": "webmail", "state": "maintenance"}],
    "starts_at": "2027-03-02T05:00:00Z",
    "ends_at": "2027-03-02T06:00:00Z",
}


def main(folder: Path, url: str) -> None:
    """Make every picture."""
    password = secrets.token_urlsafe(16)
    environment = {"TOCSIN_DATA_DIR": str(folder), "TOCSIN_LOG_LEVEL": "error"}
    with at_hand(read_settings(environment)) as rt, rt.work("pictures") as uow:
        add_staff(uow, EMAIL, "Ada", "admin", password)
        _, key = create_key(uow, "pictures", ["submit"])
    rollout = _newest_rollout(folder)
    with sync_playwright() as playwright:
        held = _submit(playwright, url, key)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for scheme in SCHEMES:
            page = _signed_in(browser, url, scheme, password)
            _shoot(page, f"{url}/mesange/en/", f"overview-{scheme}", 1000)
            _shoot(page, f"{url}/console/moderation/{held}", f"moderation-{scheme}", 1000)
            _shoot(page, f"{url}/console/rollouts/{rollout}", f"rollout-{scheme}", 1500)
        browser.close()


def _submit(playwright: Playwright, url: str, key: str) -> str:
    asking = playwright.request.new_context(extra_http_headers={"Authorization": f"Bearer {key}"})
    answer = asking.post(f"{url}/api/v1/events", data=HELD)
    return str(answer.json()["publication"]["id"])


def _newest_rollout(folder: Path) -> str:
    """The one with the most people: what the demo is about."""
    with sqlite3.connect(f"file:{folder / 'tocsin.db'}?mode=ro", uri=True) as database:
        statement = "SELECT public_id FROM rollout ORDER BY size DESC LIMIT 1"
        return str(database.execute(statement).fetchone()[0])


def _signed_in(browser: Browser, url: str, scheme: Literal["light", "dark"], password: str) -> Page:
    context = browser.new_context(
        viewport={"width": 1200, "height": 1000}, color_scheme=scheme, locale="en-GB",
        timezone_id="Europe/Paris",
    )  # fmt: skip
    page = context.new_page()
    page.goto(f"{url}/console/moderation")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda there: "/login" not in there)
    return page


def _shoot(page: Page, url: str, name: str, height: int) -> None:
    page.goto(url)
    page.set_viewport_size({"width": 1200, "height": height})
    (INTO / f"{name}.webp").write_bytes(_smaller(page.screenshot(), page.context.new_page()))


def _smaller(png: bytes, blank: Page) -> bytes:
    """Return a picture as WebP: a third of its size, and the browser can write it."""
    source = f"data:image/png;base64,{b64encode(png).decode()}"
    found: str = blank.evaluate(_AS_WEBP, source)
    blank.close()
    return b64decode(found.partition(",")[2])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2].rstrip("/"))
