"""Keeps the answers that matter most at hand, before anybody needs them."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import structlog
from sqlalchemy.exc import SQLAlchemyError

from service.pages import queries
from service.runtime import Runtime
from service.status.keeping import Kept

log = structlog.get_logger(__name__)

EVERY_SECONDS = 60.0
#: What everybody needs while the database is away, below a page and a language.
_SPOKEN = ("", "incidents/", "announcements/", "scheduled/", "history/", "channels/",
           "recap.json", "widget", "badge.svg", "feeds/all.rss", "feeds/all.atom")  # fmt: skip
_UNSPOKEN = ("api/v2/summary.json", "api/v2/status.json", "api/v2/components.json",
             "api/v2/incidents.json", "api/v2/incidents/unresolved.json",
             "api/v2/scheduled-maintenances.json", "history.rss", "history.atom")  # fmt: skip
_EVERYWHERE = ("/-/static/tocsin.css", "/-/static/tocsin.js", "/-/status.css", "/-/status.js")


def keep_warm(kept: Kept, rt: Runtime) -> None:
    """Make the answers that matter, and again each minute, until the service stops."""
    while True:
        try:
            for host, path in addresses(rt):
                if rt.stopping.is_set():
                    return
                kept.warm([path], host)
        except SQLAlchemyError as error:  # what was made stays
            log.warning("not_warmed", why=type(error).__name__)
        if rt.stopping.wait(EVERY_SECONDS):
            return


def addresses(rt: Runtime) -> Iterator[tuple[str, str]]:
    """Yield host and path of what is kept warm: of every page, on every host it has."""
    ours = urlsplit(rt.settings.public_url).netloc
    yield from ((ours, path) for path in ("/", *_EVERYWHERE))
    with rt.read() as session:
        found = [(each.slug, each.host, list(each.languages)) for each in queries.pages(session)]
    for slug, host, languages in found:
        below = [f"/{each}/{path}" for each in languages for path in _SPOKEN]
        below += [f"/{path}" for path in _UNSPOKEN]
        yield from ((ours, f"/{slug}{path}") for path in below)
        if host:
            yield from ((host, path) for path in (*below, *_EVERYWHERE))
