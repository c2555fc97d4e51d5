"""What a file says: pages, and the mailing lists beside them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field

from service.errors import Invalid
from service.pages import reading
from service.pages.definition import (
    ComponentDefinition,
    Mailbox,
    Name,
    Note,
    PageDefinition,
    Part,
    Place,
    SectionDefinition,
    as_faults,
    faults_of_pages,
    twice,
    unspoken,
)
from service.web.parsing import Language, Line, Slug, ZoneName


class ListDefinition(Part):
    """A mailing list; *description* is the purpose that people consent to."""

    slug: Slug
    page: Slug | None = None
    name: Name
    description: Note
    languages: list[Language] = Field(default=["fr", "en"], min_length=1)
    timezone: ZoneName
    sender_name: Annotated[str, Line(120, least=0)] = ""
    sender_address: Mailbox = ""
    is_open: bool = True
    is_proposed: bool = True
    has_archive: bool = True
    retired: bool = False


class Definition(Part):
    """A whole file."""

    pages: list[PageDefinition] = Field(default=[])
    lists: list[ListDefinition] = Field(default=[])


#: The keys of each part of the file, by the list it stands in.
KEYS = {
    "": tuple(Definition.model_fields),
    "pages": tuple(PageDefinition.model_fields),
    "sections": tuple(SectionDefinition.model_fields),
    "components": tuple(ComponentDefinition.model_fields),
    "lists": tuple(ListDefinition.model_fields),
}


def read(path: Path) -> Definition:
    """Return what the file says; raises `Invalid`, each fault naming its place in the file."""
    definition = reading.read(path, Definition, KEYS)
    found = [*faults_of_pages(definition.pages), *_faults_of_lists(definition.lists)]
    if found:
        raise Invalid(as_faults(found))
    return definition


def _faults_of_lists(lists: list[ListDefinition]) -> Iterator[tuple[Place, str]]:
    yield from twice([((("lists", i), "slug"), each.slug) for i, each in enumerate(lists)])
    for i, each in enumerate(lists):
        yield from unspoken(("lists", i), each, each.languages, ("lists", i))
