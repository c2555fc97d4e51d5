"""What somebody wants of a page: as names outside, as ids and bits inside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import Any, Self

from sqlalchemy.orm import Session

from service.errors import Fault, Invalid
from service.pages import queries as pages
from service.subscribers.models import ALL_CATEGORIES, ALL_MOMENTS, Categories, Moment

#: From least to worst; `Subscription.minimum_severity` is an index into it.
SEVERITIES = ("none", "minor", "major", "critical")
CATEGORIES = tuple(category.name.lower() for category in Categories if category.name)
MOMENTS = tuple(moment.name.lower() for moment in Moment if moment.name)
MOST_NAMES = 500  # what one may follow one by one; beyond it, everything is meant


@dataclass(frozen=True, slots=True)
class Filters:
    """A wish, in the names that people and programs use: slugs or public ids."""

    everything: bool = True  # whatever comes to the page later included
    sections: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    categories: tuple[str, ...] = CATEGORIES
    minimum_severity: str = SEVERITIES[0]
    stages: tuple[str, ...] = MOMENTS
    events: tuple[str, ...] = ()  # public ids; those alone, unless more is named


@dataclass(frozen=True, slots=True)
class Choice:
    """The same as it is stored."""

    everything: bool = True
    sections: frozenset[int] = frozenset()
    components: frozenset[int] = frozenset()
    categories: int = ALL_CATEGORIES
    minimum_severity: int = 0
    moments: int = ALL_MOMENTS
    events: frozenset[str] = frozenset()  # `event:k2j3…`

    def to_json(self) -> dict[str, Any]:
        """The choice as a document; equal choices give equal documents."""
        return {
            "everything": self.everything,
            "sections": sorted(self.sections),
            "components": sorted(self.components),
            "categories": self.categories,
            "minimum_severity": self.minimum_severity,
            "moments": self.moments,
            "events": sorted(self.events),
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
            # Kept before there were such filters.
            moments=int(document.get("moments", ALL_MOMENTS)) & ALL_MOMENTS,
            events=frozenset(map(str, document.get("events", ()))),
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
        categories=_bits("categories", Categories, filters.categories, faults),
        minimum_severity=_rank(filters.minimum_severity, faults),
        moments=_bits("stages", Moment, filters.stages, faults),
        events=frozenset(f"event:{each}" for each in filters.events),
    )
    faults += missing(choice) if not faults else []
    if faults:
        raise Invalid(faults)
    return choice


def missing(choice: Choice) -> list[Fault]:
    """What a choice lacks to select anything at all."""
    faults = []
    if not (choice.everything or choice.sections or choice.components or choice.events):
        faults.append(Fault("/filters/components", "choose everything or some of it", "nothing"))
    if not choice.categories & ALL_CATEGORIES:
        faults.append(Fault("/filters/categories", "choose at least one category", "nothing"))
    if not choice.moments & ALL_MOMENTS:
        faults.append(Fault("/filters/stages", "choose at least one stage", "nothing"))
    return faults


def names(bits: int, kind: type[IntFlag] = Categories) -> tuple[str, ...]:
    """The names of the bits that are set."""
    return tuple(each.name.lower() for each in kind if each & bits and each.name)


def bits(field: str, kind: type[IntFlag], given: Iterable[str]) -> int:
    """The bits of some names; raises `Invalid` at *field* for one that does not exist."""
    faults: list[Fault] = []
    found = _bits(field, kind, tuple(given), faults)
    if faults:
        raise Invalid(faults)
    return found


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


def _bits(field: str, kind: type[IntFlag], given: Sequence[str], faults: list[Fault]) -> int:
    known = {each.name.lower(): int(each) for each in kind if each.name}
    found = 0
    for place, name in enumerate(given):
        if name not in known:
            detail = f"use one of {', '.join(known)}"
            faults.append(Fault(f"/filters/{field}/{place}", detail, "unknown"))
            break
        found |= known[name]
    return found


def _rank(given: str, faults: list[Fault]) -> int:
    if given in SEVERITIES:
        return SEVERITIES.index(given)
    known = ", ".join(SEVERITIES)
    faults.append(Fault("/filters/minimum_severity", f"use one of {known}", "unknown"))
    return 0
