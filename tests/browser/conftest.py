"""A real service and a real browser; whatever a page does wrong on the side fails its test."""

import itertools
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)
from py_vapid import b64urlencode

from tests.browser.site import Site, a_site
from tests.processes import serving

# No background traffic, no sandbox (containers run as root), nothing that a machine may lack.
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
_HOUSES = itertools.count()
PATIENCE = 60_000  # milliseconds until something that should appear is missing

Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, so that `make test-quick` leaves it out."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("browser")


@pytest.fixture(scope="package")
def site(tmp_path_factory, sqlite_template) -> Iterator[Site]:
    """A service with the sample platforms, an incident that runs, and staff who can sign in."""
    folder: Path = tmp_path_factory.mktemp("site")
    shutil.copy(sqlite_template, folder / "tocsin.db")
    key, traces = a_site(folder)
    push = {
        "TOCSIN_CHANNELS": "email,webhook,rss,atom,json,calendar,webpush,slack",
        "TOCSIN_CHANNEL_WEBPUSH_PRIVATE_KEY": b64urlencode(secrets.token_bytes(31).rjust(32, b"1")),
        "TOCSIN_CHANNEL_WEBPUSH_CONTACT": "mailto:ops@example.org",
    }
    given = {
        "TOCSIN_SECRET_KEY": "k" * 32,
        "TOCSIN_POLL_SECONDS": "0.2",
        "TOCSIN_TRUSTED_PROXIES": "1",
        **push,
    }
    with serving(folder, **given) as service:
        made = Site(f"http://127.0.0.1:{service.port}", key, folder, traces)
        made.tell_of_an_incident()
        yield made


# Not for the session: while Playwright runs, nothing else in this thread may run an event loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        raise RuntimeError("the browser tests need chromium: run `make test`, or install it")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def visit(browser, site) -> Iterator[Open]:
    """Open a page as somebody with a browser of their own: `visit("/mesange/en/", width=390)`.

    Fails the test if a page asked another host for anything, or complained in its console.
    """
    troubles: list[str] = []

    def asked(request: Request) -> None:
        if not request.url.startswith((f"{site.url}/", "data:", "about:")):
            troubles.append(f"asked another host: {request.url}")

    def complained(message: ConsoleMessage) -> None:
        # What was navigated to may be missing; what a page needs may not.
        of_the_page = message.page is not None and message.location["url"] == message.page.url
        if message.type in ("error", "warning") and not of_the_page:
            troubles.append(f"{message.location['url']}: {message.text}")

    def opened(path: str, *, width: int = 1280, **options: Any) -> Page:
        # Everybody lives elsewhere: ten forms in ten minutes are all that one network may send.
        home = {"X-Forwarded-For": f"198.51.100.{next(_HOUSES) % 250 + 1}"}
        options = {
            "locale": "en-GB",
            "timezone_id": "Europe/Paris",
            "extra_http_headers": home,
        } | options
        window = ViewportSize(width=width, height=900)
        context = browser.new_context(base_url=site.url, viewport=window, **options)
        context.set_default_timeout(PATIENCE)
        context.on("request", asked)
        context.on("console", complained)
        context.on("weberror", lambda error: troubles.append(str(error.error)))
        page: Page = context.new_page()
        page.goto(path)
        return page

    yield opened
    for context in browser.contexts:
        context.close()
    assert not troubles
