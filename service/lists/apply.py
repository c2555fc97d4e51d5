"""Makes pages and lists be what a file says: `tocsin page apply`."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from service.db.unit_of_work import UnitOfWork
from service.errors import invalid
from service.lists import definition, queries
from service.lists.definition import Definition, ListDefinition
from service.lists.models import MailingList
from service.pages import queries as pages
from service.pages.apply import Report, Step, apply_pages, become, retire


def apply_file(uow: UnitOfWork, path: Path) -> Report:
    """Apply the file; raises `Invalid` with the place of each fault, before anything changes."""
    return apply(uow, definition.read(path))


def apply(uow: UnitOfWork, wanted: Definition) -> Report:
    """Make pages and lists be as *wanted*; a second time changes nothing.

    A list or page that is not named is left alone: `retired: true` takes it out of use.
    """
    return Report.of([*apply_pages(uow, wanted.pages), *_apply_lists(uow, wanted)])


def _apply_lists(uow: UnitOfWork, wanted: Definition) -> Iterator[Step]:
    present = {each.slug: each for each in queries.every_list(uow.session)}
    owners = {page.slug: page.id for page in pages.every_page(uow.session)}
    for i, each in enumerate(wanted.lists):
        row = present.get(each.slug)
        if each.page is not None and each.page not in owners:
            known = ", ".join(owners) or "none yet"
            raise invalid(
                f"lists[{i}].page", f"there is no page {each.page!r}; use one of: {known}"
            )
        if each.retired:
            yield from retire(uow, "list", {each.slug: row} if row else {})
        else:
            row = row or MailingList(slug=each.slug, version=0)
            yield become(uow, row, _values(each, row, i + 1, owners), f"list {each.slug}")


def _values(
    wanted: ListDefinition, row: MailingList, position: int, owners: Mapping[str, int]
) -> dict[str, object]:
    given = wanted.model_dump(exclude={"slug", "page", "retired"})
    reworded = row.description != wanted.description  # people consented to the old words
    return {
        **given,
        "page_id": owners[wanted.page] if wanted.page else None,
        "version": row.version + int(reworded),
        "position": position,
    }
