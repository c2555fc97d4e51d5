"""In front of the application: which page a host is for, and addresses in any case.

A page with a host of its own drops its name from every address; what the service has for itself
(the console, the API, signed links) stays where it is on every host.
"""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from service.pages import queries
from service.runtime import Runtime
from service.web.addresses import OWN_HOST

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0  # until a new host is noticed

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

#: First words of addresses that are the service's own on every host.
_OURS = re.compile(
    r"/(?:-|api/v1|c|p|u|console|dev|healthz|readyz|metrics|version|webhooks|hooks|\.well-known"
    r"|favicon\.ico)(?:/|$)"
)
#: What clients of Statuspage ask for, in whatever case.
_ANY_CASE = re.compile(
    r"(?:/[a-z0-9-]+)?/(?:api/v2/[a-z/-]+\.json|history\.(?:rss|atom))", re.IGNORECASE
)


class Hosts:
    """Leads what a page's own host is asked for to that page."""

    def __init__(self, inner: Wsgi, look: Callable[[], Mapping[str, str]]) -> None:
        self._inner, self._look = inner, look
        self._known: Mapping[str, str] = {}
        self._looked = 0.0

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "") or "/"
        if _ANY_CASE.fullmatch(path):
            path = path.lower()
        slug = self._pages().get(_host(environ))
        if slug and not _OURS.match(path):
            if f"{path}/".startswith(f"/{slug}/"):
                return _moved(environ, path.removeprefix(f"/{slug}") or "/", start_response)
            environ[OWN_HOST] = slug
            path = f"/{slug}{path}"
        elif slug:
            environ[OWN_HOST] = slug
        environ["PATH_INFO"] = path
        return self._inner(environ, start_response)

    def _pages(self) -> Mapping[str, str]:
        now = time.monotonic()
        if now - self._looked > LOOK_SECONDS or not self._looked:
            self._looked = now
            try:
                self._known = self._look()
            except SQLAlchemyError as error:  # what was known still holds
                log.warning("hosts_unknown", why=type(error).__name__)
        return self._known


def by_host(rt: Runtime) -> Mapping[str, str]:
    """The slug of each page that has a host of its own."""
    with rt.read() as session:
        return {page.host.lower(): page.slug for page in queries.pages(session) if page.host}


def _host(environ: Environ) -> str:
    return str(environ.get("HTTP_HOST", "")).lower().rpartition("]")[2].partition(":")[0]


def _moved(environ: Environ, path: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
    query = environ.get("QUERY_STRING", "")
    # A path of our own making: no host of somebody else's can stand in it.
    location = "/" + path.lstrip("/") + (f"?{query}" if query else "")
    start_response("308 Permanent Redirect", [("Location", location), ("Content-Length", "0")])
    return [b""]
