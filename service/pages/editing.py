"""What staff can do with pages, sections and components, one at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.db.base import Localised
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Fault, Invalid, NotFound, invalid
from service.pages import queries
from service.pages.apply import become, retire
from service.pages.models import Component, Page, Section


@dataclass(frozen=True, slots=True)
class PageWish:
    """A platform's public site; the first of *languages* is its default."""

    slug: str
    name: Localised
    description: Localised
    languages: tuple[str, ...]
    timezone: str
    host: str | None = None
    sender_name: str = ""
    sender_address: str = ""


@dataclass(frozen=True, slots=True)
class SectionWish:
    """A group of services."""

    slug: str
    name: Localised


@dataclass(frozen=True, slots=True)
class ComponentWish:
    """One service, in the *section* of that slug."""

    slug: str
    section: str
    name: Localised
    description: Localised
    impact: Localised


def add_page(uow: UnitOfWork, wish: PageWish) -> Page:
    """Create a page under a name that no page in use has; raises `Invalid`."""
    if queries.page_by_slug(uow.session, wish.slug):
        raise invalid("/slug", "another page has this name", "taken")
    return save_page(uow, wish)


def save_page(uow: UnitOfWork, wish: PageWish) -> Page:
    """Create the page called `wish.slug`, or change it, reviving it; raises `Invalid`."""
    every = queries.every_page(uow.session)
    _check_texts(wish.languages, name=wish.name, description=wish.description)
    if wish.host and any(each.host == wish.host and each.slug != wish.slug for each in every):
        raise invalid("/host", "another page has this host", "taken")
    page = next((each for each in every if each.slug == wish.slug), None) or Page(slug=wish.slug)
    values = {
        "host": wish.host or None,
        "name": dict(wish.name),
        "description": dict(wish.description),
        "languages": list(wish.languages),
        "timezone": wish.timezone,
        "sender_name": wish.sender_name,
        "sender_address": wish.sender_address,
        "position": page.position or _last([each.position for each in every]),
    }
    become(uow, page, values, f"page {wish.slug}")
    return page


def save_section(uow: UnitOfWork, page_slug: str, wish: SectionWish) -> Section:
    """Create or change a section of a page; raises `NotFound`, `Invalid`."""
    page = _page(uow, page_slug)
    _check_texts(page.languages, name=wish.name)
    every = queries.every_section(uow.session, page.id)
    section = next((each for each in every if each.slug == wish.slug), None)
    section = section or Section(page_id=page.id, slug=wish.slug)
    position = section.position or _last([each.position for each in every])
    values = {"name": dict(wish.name), "position": position}
    become(uow, section, values, f"section {page.slug}/{wish.slug}")
    return section


def save_component(uow: UnitOfWork, page_slug: str, wish: ComponentWish) -> Component:
    """Create or change a component of a page; raises `NotFound`, `Invalid`."""
    page = _page(uow, page_slug)
    _check_texts(page.languages, name=wish.name, description=wish.description, impact=wish.impact)
    section = _section(uow, page, wish.section)
    every = queries.every_component(uow.session, page.id)
    component = next((each for each in every if each.slug == wish.slug), None)
    component = component or Component(page_id=page.id, slug=wish.slug)
    position = component.position or _last([each.position for each in every])
    values = {
        "section_id": section.id,
        "name": dict(wish.name),
        "description": dict(wish.description),
        "impact": dict(wish.impact),
        "position": position,
    }
    become(uow, component, values, f"component {page.slug}/{wish.slug}")
    return component


def retire_page(uow: UnitOfWork, slug: str) -> None:
    """Take a page out of use; what was said on it stays. Raises `NotFound`."""
    list(retire(uow, "page", {slug: _page(uow, slug)}))


def retire_section(uow: UnitOfWork, page_slug: str, slug: str) -> None:
    """Take an empty section out of use; raises `NotFound`, and `Conflict` if it is not empty."""
    page = _page(uow, page_slug)
    section = _section(uow, page, slug)
    if any(it.section_id == section.id for it in queries.components(uow.session, page.id)):
        raise Conflict("it still has services: move or retire them first", code="not_empty")
    list(retire(uow, "section", {f"{page.slug}/{slug}": section}))


def retire_component(uow: UnitOfWork, page_slug: str, slug: str) -> None:
    """Take a component out of use; its history stays. Raises `NotFound`."""
    page = _page(uow, page_slug)
    component = queries.component_named(uow.session, page.id, slug)
    if component is None:
        raise NotFound(f"page {page_slug} has no component {slug}")
    list(retire(uow, "component", {f"{page.slug}/{slug}": component}))


def order_pages(uow: UnitOfWork, slugs: Sequence[str]) -> None:
    """Put pages in this order; raises `Invalid` where one is unknown or left out."""
    _order(uow, "page", {each.slug: each for each in queries.pages(uow.session)}, slugs)


def order_sections(uow: UnitOfWork, page_slug: str, slugs: Sequence[str]) -> None:
    """Put a page's sections in this order; raises as `order_pages`, and `NotFound`."""
    page = _page(uow, page_slug)
    there = {each.slug: each for each in queries.sections(uow.session, page.id)}
    _order(uow, "section", there, slugs)


def order_components(uow: UnitOfWork, page_slug: str, slugs: Sequence[str]) -> None:
    """Put a page's components in this order; raises as `order_sections`."""
    page = _page(uow, page_slug)
    there = {each.slug: each for each in queries.components(uow.session, page.id)}
    _order(uow, "component", there, slugs)


def _order(
    uow: UnitOfWork,
    kind: str,
    there: Mapping[str, Page | Section | Component],
    slugs: Sequence[str],
) -> None:
    if sorted(slugs) != sorted(there):
        raise invalid("/order", f"name each {kind} once: {', '.join(there)}", "order")
    for position, slug in enumerate(slugs, start=1):
        become(uow, there[slug], {"position": position}, f"{kind} {slug}")


def _check_texts(languages: Sequence[str], **texts: Localised) -> None:
    faults = [
        Fault(f"/{key}/{language}", "is missing: the page speaks this language", "missing")
        for key, words in texts.items()
        for language in languages
        if (words or key == "name") and not words.get(language)
    ]
    if faults:
        raise Invalid(faults)


def _page(uow: UnitOfWork, slug: str) -> Page:
    page = queries.page_by_slug(uow.session, slug)
    if page is None:
        raise NotFound(f"there is no page {slug}")
    return page


def _section(uow: UnitOfWork, page: Page, slug: str) -> Section:
    there = {each.slug: each for each in queries.sections(uow.session, page.id)}
    if slug not in there:
        raise invalid("/section", f"there is no section {slug!r} on {page.slug}", "unknown")
    return there[slug]


def _last(positions: Sequence[int]) -> int:
    return max(positions, default=0) + 1
