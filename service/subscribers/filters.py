"""What somebody wants of a page: as names outside, as ids and bits inside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy.orm import Session

from service.errors import Fault, Invalid
from service.pages import queries as pages
from service.subscribers.models import ALL_CATEGORIES, Categories

#: From least to worst; `Subscription.minimum_severity` is an index into it.
SEVERITIES = ("none", "minor", "major", "critical")
CATEGORIES = tuple(category.name.lower() for category in Categories if category.name)
MOST_NAMES = 500  # what one may follow one by one; beyond it, everything is meant


@dataclass(frozen=True, slots=True)
class Filters:
    """A wish, in the names that people and programs use: slugs or public ids."""

    everything: bool = True  # whatever comes to the page later included
    sections: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    categories: tuple[str, ...] = CATEGORIES
    minimum_severity: str = SEVERITIES[0]


@dataclass(frozen=True, slots=True)
class Choice:
    """The same as it is stored."""

    everything: bool = True
    sections: frozenset[int] = frozenset()
    components: frozenset[int] = frozenset()
    categories: int = ALL_CATEGORIES
    minimum_severity: int = 0

    def to_json(self) -> dict[str, Any]:
        """The choice as a document; equal choices give equal documents."""
        return {
            "everything": self.everything,
            "sections": sorted(self.sections),
            "components": sorted(self.components),
            "categories": self.categories,
            "minimum_severity": self.minimum_severity,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """The choice a document holds."""
        return cls(
            everything=bool(document["everything"]),
            sections=frozenset(map(int, document["sections"])),
            components=frozenset(map(int, document["components"])),
            categories=int(document["categories"]) & ALL_CATEGORIES,
            minimum_severity=min(max(int(document["minimum_severity"]), 0), len(SEVERITIES) - 1),
        )


def choose(session: Session, page_id: int, filters: Filters) -> Choice:
    """Return what *filters* mean on a page; raises `Invalid` naming all that cannot be used."""
    faults: list[Fault] = []
    choice = Choice(
        everything=filters.everything,
        sections=_ids("sections", filters.sections, pages.sections(session, page_id), faults),
        components=_ids(
            "components", filters.components, pages.components(session, page_id), faults
        ),
        categories=_bits(filters.categories, faults),
        minimum_severity=_rank(filters.minimum_severity, faults),
    )
    faults += missing(choice) if not faults else []
    if faults:
        raise Invalid(faults)
    return choice


def missing(choice: Choice) -> list[Fault]:
    """What a choice lacks to select anything at all."""
    faults = []
    if not (choice.everything or choice.sections or choice.components):
        faults.append(Fault("/filters/components", "choose everything or some of it", "nothing"))
    if not choice.categories & ALL_CATEGORIES:
        faults.append(Fault("/filters/categories", "choose at least one category", "nothing"))
    return faults


def names(categories: int) -> tuple[str, ...]:
    """The names of the categories whose bits are set."""
    return tuple(each for each in CATEGORIES if Categories[each.upper()] & categories)


def _ids(
    field: str, given: Sequence[str], there: Iterable[Any], faults: list[Fault]
) -> frozenset[int]:
    known = {}
    for row in there:
        known[row.slug] = known[row.public_id] = row.id
    if len(given) > MOST_NAMES:
        faults.append(Fault(f"/filters/{field}", f"name at most {MOST_NAMES}", "too_many"))
        return frozenset()
    faults += (
        Fault(f"/filters/{field}/{place}", "there is no such thing on this page", "unknown")
        for place, name in enumerate(given)
        if name not in known
    )
    return frozenset(known[name] for name in given if name in known)


def _bits(given: Sequence[str], faults: list[Fault]) -> int:
    bits = Categories(0)
    for place, name in enumerate(given):
        if name in CATEGORIES:
            bits |= Categories[name.upper()]
        else:
            known = ", ".join(CATEGORIES)
            faults.append(Fault(f"/filters/categories/{place}", f"use one of {known}", "unknown"))
            break
    return int(bits)


def _rank(given: str, faults: list[Fault]) -> int:
    if given in SEVERITIES:
        return SEVERITIES.index(given)
    known = ", ".join(SEVERITIES)
    faults.append(Fault("/filters/minimum_severity", f"use one of {known}", "unknown"))
    return 0
