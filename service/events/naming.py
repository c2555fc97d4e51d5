"""From the names in a wish to the rows they name; a name nobody knows brings near ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from sqlalchemy.orm import Session

from service.errors import Fault
from service.events import queries
from service.events.models import Category
from service.events.stages import SAYS
from service.events.wishes import Affected
from service.lists import queries as lists
from service.lists.models import MailingList
from service.pages import queries as pages
from service.pages.models import Component, Page, State


@dataclass(frozen=True, slots=True)
class Found:
    """What the names of a wish stand for, and what is wrong with them."""

    states: dict[int, State]
    lists: tuple[MailingList, ...]
    faults: tuple[Fault, ...]


def unknown_page(session: Session, slug: str) -> Fault:
    """Return the fault of naming a page that is not there."""
    known = [page.slug for page in pages.pages(session)]
    return Fault("/page", f"there is no page {slug!r}{near(slug, known)}", "unknown")


def find(
    session: Session,
    page: Page,
    category: Category,
    affected: Sequence[Affected],
    list_slugs: Sequence[str],
) -> Found:
    """Look the names of a wish up, on *page* alone."""
    faults: list[Fault] = []
    states = _states(session, page, category, affected, faults)
    return Found(states, _lists(session, list_slugs, faults), tuple(faults))


def near(name: str, known: Iterable[str]) -> str:
    """Return a hint at the *known* names that look like *name*: nothing if none does."""
    alike = get_close_matches(name.lower(), list(dict.fromkeys(known)), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(alike)}?" if alike else ""


def _states(
    session: Session,
    page: Page,
    category: Category,
    affected: Sequence[Affected],
    faults: list[Fault],
) -> dict[int, State]:
    there = pages.components(session, page.id) if affected else ()
    known = {name: each for each in there for name in (each.slug, each.public_id)}
    states: dict[int, State] = {}
    for place, each in enumerate(affected):
        component = known.get(each.component)
        state = each.state or next(iter(SAYS[category]), None)
        if state is None:
            faults.append(_at(place, "component", "a general message names none", "general"))
        elif component is None:
            faults.append(_unknown(session, page, there, each.component, place))
        elif component.id in states:
            faults.append(_at(place, "component", "is named twice", "duplicate"))
        elif state not in SAYS[category]:
            may = ", ".join(SAYS[category])
            faults.append(_at(place, "state", f"{category} may say {may}", "state"))
        else:
            states[component.id] = state
    return states


def _unknown(
    session: Session, page: Page, there: Sequence[Component], name: str, place: int
) -> Fault:
    homes = queries.homes(session, name)
    if homes:
        return _at(place, "component", f"{name!r} is on page {homes[0]}, not {page.slug}", "page")
    hint = near(name, [each.slug for each in there])
    detail = f"page {page.slug} has no component {name!r}{hint}"
    return _at(place, "component", detail, "unknown")


def _at(place: int, field: str, detail: str, code: str) -> Fault:
    return Fault(f"/components/{place}/{field}", detail, code)


def _lists(session: Session, slugs: Sequence[str], faults: list[Fault]) -> tuple[MailingList, ...]:
    there = {each.slug: each for each in lists.lists(session)} if slugs else {}
    for place, slug in enumerate(slugs):
        if slug not in there:
            detail = f"there is no list {slug!r}{near(slug, there)}"
            faults.append(Fault(f"/lists/{place}", detail, "unknown"))
    return tuple(there[slug] for slug in dict.fromkeys(slugs) if slug in there)
