"""A page that stays open tells what is new, and when what it shows is old."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from service.app import create_app
from service.assembly import site_at_hand
from service.config import read_settings
from service.lists.apply import apply_file
from service.runtime import Runtime
from service.status.keeping import FRESH_SECONDS, RETRY_SECONDS, Kept
from tests.browser.site import SAMPLE

LOOK = "00:31"  # on the page's clock: it looks every half minute


def opened(visit, path: str) -> Page:
    """An open page whose clock the test turns on."""
    page: Page = visit(path)
    page.clock.install()
    page.reload()
    page.evaluate("window.stayed = true")
    return page


def test_a_publication_comes_to_an_open_page_and_is_said_aloud(site, visit):
    page = opened(visit, "/mesange/en/")
    follow = page.locator("summary", has_text="Follow").first
    follow.focus()
    title = "The lifts stand still"
    words = {"fr": title, "en": title}
    message = {"page": "mesange", "category": "announcement", "title": words, "body": words}
    site.approve(site.submit("/events", message))
    site.wait_for(title, "/mesange/en/")

    expect(page.get_by_text(title)).to_have_count(0)
    page.clock.fast_forward(LOOK)
    expect(page.locator("#live").get_by_text(title).first).to_be_visible()
    aloud = page.get_by_role("status").filter(has_text="This page has just changed.")
    expect(aloud).to_have_count(1)
    expect(follow).to_be_focused()
    assert page.evaluate("window.stayed"), "it was loaded anew"


@dataclass
class Ticks:
    """The clock of answers kept in memory."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True, slots=True)
class Lonely:
    """A service in this process whose database can be taken away."""

    url: str
    ticks: Ticks
    rt: Runtime
    file: Path

    def lose_its_database(self) -> None:
        """Leave nothing of it."""
        self.rt.database.close()
        self.file.rename(self.file.with_suffix(".away"))

    def find_it_again(self) -> None:
        """Put it back as it was."""
        self.rt.database.close()
        self.file.with_suffix(".away").rename(self.file)


@pytest.fixture
def lonely(tmp_path, sqlite_template) -> Iterator[Lonely]:
    file = tmp_path / "tocsin.db"
    shutil.copy(sqlite_template, file)
    settings = read_settings({"TOCSIN_DATA_DIR": str(tmp_path), "TOCSIN_SECRET_KEY": "k" * 32})
    with site_at_hand(settings) as rt:
        with rt.work("cli") as uow:
            apply_file(uow, SAMPLE)
        ticks = Ticks()
        host = make_server("127.0.0.1", 0, Kept(create_app(rt), ticks), threaded=True)
        thread = threading.Thread(target=host.serve_forever)
        thread.start()
        yield Lonely(f"http://127.0.0.1:{host.port}", ticks, rt, file)
        host.shutdown()
        thread.join()
        host.server_close()


def test_an_open_page_stays_and_says_so_while_the_database_is_away(lonely, browser):
    context = browser.new_context(base_url=lonely.url)
    page = context.new_page()
    page.clock.install()
    page.goto("/mesange/en/")
    verdict = page.get_by_role("heading", level=1)
    expect(verdict).to_have_text("All services are operational")

    lonely.lose_its_database()
    lonely.ticks.now += FRESH_SECONDS
    page.clock.fast_forward(LOOK)
    said = page.get_by_role("status").filter(has_text="Our database does not answer")
    expect(said).to_be_visible()
    expect(verdict).to_have_text("All services are operational")

    lonely.find_it_again()
    lonely.ticks.now += RETRY_SECONDS
    page.clock.fast_forward(LOOK)
    expect(said).to_have_count(0)
    context.close()
