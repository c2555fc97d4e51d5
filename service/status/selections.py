"""What a feed's address asks for: part of a page, or what somebody put together themselves."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.errors import Fault, Invalid, NotFound
from service.events.models import Category, Event
from service.pages.models import Component, Section
from service.status.stories import Entry

MOST = 100  # names in one feed
LONGEST = 3000  # characters of a token: addresses beyond are cut on their way


@dataclass(frozen=True, slots=True)
class Custom:
    """A feed that somebody put together; nothing chosen in a field means all of it."""

    components: tuple[str, ...] = ()  # slugs
    sections: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()

    @property
    def token(self) -> str:
        """The same as it stands in an address; equal choices give equal addresses."""
        parts = {
            "c": sorted(set(self.components)),
            "s": sorted(set(self.sections)),
            "k": sorted(set(self.categories)),
        }
        text = json.dumps({key: value for key, value in parts.items() if value}, sort_keys=True)
        return urlsafe_b64encode(text.replace(" ", "").encode()).rstrip(b"=").decode()


def read(token: str) -> Custom:
    """Return what *token* says; raises `NotFound` where it is none of ours."""
    try:
        raw = urlsafe_b64decode((token[:LONGEST] + "=" * (-len(token) % 4)).encode("ascii"))
        parts = dict(json.loads(raw))
        return Custom(
            _names(parts.get("c", [])),
            _names(parts.get("s", [])),
            tuple(Category(each) for each in _names(parts.get("k", []))),
        )
    except (ValueError, TypeError, NotBase64, RecursionError) as error:
        raise NotFound("there is no such feed: put it together anew") from error


def members(
    custom: Custom, components: Mapping[int, Component], sections: Sequence[Section]
) -> frozenset[int] | None:
    """Return the ids of the components that *custom* names; None: all, those to come included.

    A section's are looked up now, so that one added to it later is there too. Names that are gone
    select nothing: the feed goes on with the others. Raises `NotFound` where none is left.
    """
    if not (custom.components or custom.sections):
        return None
    chosen = {each.id for each in sections if each.slug in custom.sections}
    found = frozenset(
        key
        for key, each in components.items()
        if each.slug in custom.components or each.section_id in chosen
    )
    if not found:
        raise NotFound("what this feed is about is no longer there")
    return found


def checked(
    custom: Custom, components: Mapping[int, Component], sections: Sequence[Section]
) -> Custom:
    """Return *custom* if all it names is there; raises `Invalid` naming what is not."""
    known = {"components": {each.slug for each in components.values()}}
    known["sections"] = {each.slug for each in sections}
    faults = [
        Fault(f"/{field}/{place}", f"there is no {name!r} on this page", "unknown")
        for field, names in (("components", custom.components), ("sections", custom.sections))
        for place, name in enumerate(names)
        if name not in known[field]
    ]
    if faults or len(custom.token) > LONGEST:
        raise Invalid(faults or [Fault("/components", "too many for one address", "too_many")])
    return custom


def listed(told: Sequence[tuple[Event, Entry]]) -> Sequence[tuple[Event, Entry]]:
    """Return the newest entry of each event, in order: what a calendar shows."""
    newest: dict[int, tuple[Event, Entry]] = {}
    for event, entry in told:
        known = newest.get(event.id)
        if known is None or known[1].update.no < entry.update.no:
            newest[event.id] = event, entry
    return list(newest.values())


def _names(given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or len(given) > MOST:
        raise ValueError(given)
    return tuple(str(each) for each in given)
