"""From an address to its page, and what every template of a page needs."""

from collections.abc import Sequence
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.pages import queries as pages
from service.pages.models import RANK, Page
from service.pages.places import address_of
from service.status import queries
from service.status.feeds import CATEGORIES
from service.status.stories import judge
from service.web.addresses import address, own_host
from service.web.context import runtime
from service.web.i18n import COOKIE
from service.web.i18n import language as spoken_language


def find(session: Session, slug: str, language: str = "") -> tuple[Sequence[Page], Page]:
    """Return every platform and the one called *slug*; raises `NotFound`."""
    platforms = pages.pages(session)
    found = next((each for each in platforms if each.slug == slug), None)
    if found is None:
        raise NotFound(f"there is no page {slug}")
    if language and language not in found.languages:
        raise NotFound(f"page {slug} does not speak {language}")
    return platforms, found


def chosen_language(page: Page) -> str:
    """Return which of a page's languages the reader would like best."""
    chosen = request.cookies.get(COOKIE)
    if chosen in page.languages:
        return str(chosen)
    return request.accept_languages.best_match(page.languages, page.languages[0])


def outside(page: Page, rest: str) -> str:
    """Return how the outside reaches *rest* of *page*."""
    return address_of(runtime().settings, page, rest)


def surroundings(
    session: Session, platforms: Sequence[Page], page: Page, path: str
) -> dict[str, Any]:
    """What every template of a page needs; *path* is the address below `/{page}/{language}/`."""
    spoken, settings, now = spoken_language(), runtime().settings, runtime().clock()
    grid = queries.grid(session, page)
    incidents, general = queries.running(session, page.id, now)
    return {
        "page": page,
        "platforms": [(each, entrance(each, spoken)) for each in platforms],
        "zone": page.timezone,
        "now": now,
        "grid": grid,
        "verdict": judge([grid.state(each) for each in grid.components]),
        "alarms": sorted(incidents, key=lambda story: -RANK[story.state]),
        "general": general,
        "root": address(f"/{page.slug}/{spoken}/"),
        "path": path,
        "outside": address_of(settings, page, f"/{spoken}/"),
        "translations": {
            each: address_of(settings, page, f"/{each}/{path}") for each in page.languages
        },
        "feeds": {
            name: address_of(settings, page, f"/{spoken}/feeds/{name}") for name in CATEGORIES
        },
        "formats": [each for each in runtime().channels.pull_names() if each != "calendar"],
    }


def entrance(page: Page, language: str) -> str:
    """Return where a platform begins for somebody who reads *language*."""
    spoken = f"/{language}/" if language in page.languages else "/"
    if page.host or own_host():
        return address_of(runtime().settings, page, spoken)
    return f"/{page.slug}{spoken}"
