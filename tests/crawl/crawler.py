"""Follows links as mail scanners and search engines do."""

import re
from collections.abc import Collection, Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from tests.crawl.world import HOST

HREF = re.compile(r"""(?:href|src|action|formaction)=["']([^"'#]+)""")
EACH = 2  # pages of one kind, besides those that mails lead to


class Crawler:
    """Somebody who follows whatever there is, GET and HEAD."""

    def __init__(self, app: APIFlask, client: FlaskClient) -> None:
        self.client = client
        self.rules = app.url_map.bind("localhost")
        self.seen: set[str] = set()
        self.kinds: dict[str, int] = {}

    def follow(self, starts: Collection[str]) -> set[str]:
        """Follow *starts*, each of them, and what they lead to; return what was seen."""
        self.seen.update(starts)
        waiting = [found for each in starts for found in self._look(each)]
        while waiting:
            path = waiting.pop()
            if path not in self.seen and self._is_new(path):
                waiting += self._look(path)
        return self.seen

    def _is_new(self, path: str) -> bool:
        self.seen.add(path)
        try:
            kind = self.rules.match(urlsplit(path).path, "GET")[0]
        except HTTPException as error:  # a form's address is looked at as well
            kind = type(error).__name__
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        return self.kinds[kind] <= EACH

    def _look(self, path: str) -> Iterator[str]:
        self.client.head(path).close()
        page = self.client.get(path)
        assert page.status_code < 500, path
        found = HREF.findall(page.text) if page.mimetype == "text/html" else []
        found += [page.headers["Location"]] if "Location" in page.headers else []
        page.close()
        for each in found:
            parts = urlsplit(urljoin(f"https://{HOST}{path}", unescape(each)))
            if parts.netloc in (HOST, "localhost") and parts.scheme in ("http", "https"):
                yield parts._replace(scheme="", netloc="", fragment="").geturl()
