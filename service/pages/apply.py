"""Makes pages, sections and components be what a definition says."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from service.audit.actions import record
from service.db.unit_of_work import UnitOfWork
from service.pages import queries
from service.pages.definition import PageDefinition, SectionDefinition
from service.pages.models import Component, Page, Section


class Change(StrEnum):
    """What became of one row."""

    CREATED = "created"
    CHANGED = "changed"
    RETIRED = "retired"
    UNCHANGED = "unchanged"


#: A change and what it happened to: `component mail/webmail`.
Step = tuple[Change, str]


@dataclass(frozen=True, slots=True)
class Report:
    """What applying a definition came to, by name."""

    created: tuple[str, ...]
    changed: tuple[str, ...]
    retired: tuple[str, ...]
    unchanged: tuple[str, ...]

    @classmethod
    def of(cls, steps: Iterable[Step]) -> Self:
        """Return the report of *steps*."""
        taken = list(steps)
        return cls(
            **{
                kind.value: tuple(name for change, name in taken if change is kind)
                for kind in Change
            }
        )


def apply_pages(uow: UnitOfWork, pages: Iterable[PageDefinition]) -> Iterator[Step]:
    """Create, change, order, retire and revive, and yield each step.

    Sections and components that a page no longer names are retired; pages that are not named are
    left alone, so that each platform may have a file of its own.
    """
    present = {page.slug: page for page in queries.every_page(uow.session)}
    for position, wanted in enumerate(pages, start=1):
        page = present.get(wanted.slug)
        if wanted.retired:
            yield from retire(uow, "page", {wanted.slug: page} if page else {})
        else:
            yield from _apply_page(uow, page or Page(slug=wanted.slug), wanted, position)


def _apply_page(
    uow: UnitOfWork, page: Page, wanted: PageDefinition, position: int
) -> Iterator[Step]:
    values = wanted.model_dump(exclude={"slug", "sections", "retired"})
    yield become(uow, page, {**values, "position": position}, f"page {page.slug}")
    present = {each.slug: each for each in queries.every_section(uow.session, page.id)}
    sections = {
        each.slug: present.get(each.slug) or Section(page_id=page.id, slug=each.slug)
        for each in wanted.sections
    }
    for place, section in enumerate(wanted.sections, start=1):
        row, given = sections[section.slug], {"name": section.name, "position": place}
        yield become(uow, row, given, f"section {page.slug}/{section.slug}")
    yield from _apply_components(uow, page, wanted.sections, sections)
    gone = {f"{page.slug}/{slug}": present[slug] for slug in present if slug not in sections}
    yield from retire(uow, "section", gone)


def _apply_components(
    uow: UnitOfWork,
    page: Page,
    wanted: Iterable[SectionDefinition],
    sections: Mapping[str, Section],
) -> Iterator[Step]:
    present = {each.slug: each for each in queries.every_component(uow.session, page.id)}
    for section in wanted:
        for position, component in enumerate(section.components, start=1):
            row = present.pop(component.slug, Component(page_id=page.id, slug=component.slug))
            values = {
                **component.model_dump(exclude={"slug"}),
                "section_id": sections[section.slug].id,
                "position": position,
            }
            yield become(uow, row, values, f"component {page.slug}/{component.slug}")
    gone = {f"{page.slug}/{slug}": row for slug, row in present.items()}
    yield from retire(uow, "component", gone)


def become(uow: UnitOfWork, row: Any, values: Mapping[str, Any], name: str) -> Step:
    """Give *row*, new or not, *values*; it is in use from then on."""
    fresh = row.id is None
    wanted = {**values, "retired_at": None, **({"created_at": uow.now} if fresh else {})}
    different = {key: value for key, value in wanted.items() if getattr(row, key) != value}
    for key, value in different.items():
        setattr(row, key, value)
    if fresh:
        uow.session.add(row)
        uow.session.flush()  # its id is what the rows below it point to
    if not fresh and not different:
        return Change.UNCHANGED, name
    return _noted(uow, row, Change.CREATED if fresh else Change.CHANGED, name)


def retire(uow: UnitOfWork, kind: str, rows: Mapping[str, Any]) -> Iterator[Step]:
    """Take *rows*, by name, out of use; what was said of them stays."""
    for name, row in rows.items():
        if row.retired_at is not None:
            continue
        row.retired_at = uow.now
        yield _noted(uow, row, Change.RETIRED, f"{kind} {name}")


def _noted(uow: UnitOfWork, row: Any, change: Change, name: str) -> Step:
    kind = name.partition(" ")[0]
    record(uow, f"{kind}.{change}", f"{kind}:{row.public_id}", name=name)
    return change, name
