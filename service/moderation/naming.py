"""Pages and lists as senders' rules and moderators' duties name them: `page:3`, `list:1`."""

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from service.errors import invalid
from service.lists import queries as lists
from service.pages import queries as pages
from service.subscribers.audience import Audience


def target_key(session: Session, page: str, list_slug: str) -> str:
    """Return the key of the page or list of that slug, "" for neither; raises `Invalid`."""
    if page and list_slug:
        raise invalid("/list", "name a page or a list, not both", "one_of_two")
    if page:
        found = pages.page_by_slug(session, page)
        if found is None:
            raise invalid("/page", f"there is no page {page!r}", "unknown")
        return f"page:{found.id}"
    if list_slug:
        named = lists.list_by_slug(session, list_slug)
        if named is None:
            raise invalid("/list", f"there is no list {list_slug!r}", "unknown")
        return f"list:{named.id}"
    return ""


def targets_of(audience: Audience) -> tuple[str, ...]:
    """Return the keys of all that *audience* is made of."""
    return (
        *(f"page:{each}" for each in audience.pages),
        *(f"list:{each}" for each in audience.lists),
    )


def target_slugs(session: Session) -> Mapping[str, tuple[str, str]]:
    """Return kind and slug of every page and list there ever was, by key."""
    kinds: tuple[tuple[str, Iterable[tuple[int, str]]], ...] = (
        ("page", ((each.id, each.slug) for each in pages.every_page(session))),
        ("list", ((each.id, each.slug) for each in lists.every_list(session))),
    )
    return {f"{kind}:{key}": (kind, slug) for kind, rows in kinds for key, slug in rows}
