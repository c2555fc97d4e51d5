"""The static copy of the site, on a host that only hands out files, seen as everybody sees it."""

import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Request

from tests.browser.looking import look_at
from tests.browser.site import Site
from tests.processes import SECONDS, a_clean_environment

PAGES = {
    "en": ("/", "/mesange/en/", "/mesange/en/components/webmail", "/mesange/en/channels/"),
    "fr": ("/mesange/fr/", "/mesange/fr/incidents/", "/mesange/fr/history/"),
}


class Files(SimpleHTTPRequestHandler):
    """Hands out files, packed as any host of files does."""

    def do_GET(self) -> None:
        """Answer with a file, or with the index of its folder."""
        found = Path(self.translate_path(self.path))
        found = found / "index.html" if found.is_dir() else found
        if not found.is_file():
            self.send_error(404)
            return
        body = gzip.compress(found.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(found))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture(scope="module")
def copy(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the site's static copy is."""
    folder = tmp_path_factory.mktemp("copy")
    host = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=folder))
    thread = threading.Thread(target=host.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{host.server_port}"
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "service", "export", str(folder), "--url", url],
        env={
            **a_clean_environment(site.folder),
            "TOCSIN_SECRET_KEY": "k" * 32,
            "TOCSIN_PUBLIC_URL": site.url,
        },
        check=True,
        timeout=SECONDS,
    )
    yield url
    host.shutdown()
    thread.join()
    host.server_close()


@pytest.mark.parametrize("language", PAGES)
def test_a_static_copy_is_as_good_as_the_site(site, browser, copy, language):
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    context = browser.new_context(base_url=copy)
    context.on("request", note)
    page = context.new_page()
    page.goto("/")
    paths = PAGES[language]
    look_at(page, paths, language)
    assert all(url.startswith(f"{copy}/") for url in asked)
    # What only the living service can do is asked of it.
    page.goto(f"/mesange/{language}/")
    assert page.locator(f'a[href^="{site.url}/mesange/{language}/subscribe"]').count() > 0
    context.close()
