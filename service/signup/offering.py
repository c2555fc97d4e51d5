"""What a form offers: the services of a page by section, the kinds of message, the zones."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.pages import queries as pages
from service.pages.models import Component, Section


@dataclass(frozen=True, slots=True)
class Group:
    """A section with the components one may follow in it."""

    section: Section
    components: Sequence[Component]


def groups(session: Session, page_id: int) -> tuple[Group, ...]:
    """The sections of a page that have something in them, in order."""
    components = pages.components(session, page_id)
    found = (
        Group(section, [each for each in components if each.section_id == section.id])
        for section in pages.sections(session, page_id)
    )
    return tuple(group for group in found if group.components)
