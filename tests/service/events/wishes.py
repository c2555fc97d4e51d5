"""Wishes for events, with everything a test does not care about filled in."""

from typing import Any

from service.events.models import Category
from service.events.wishes import Affected, EventWish, UpdateWish
from service.pages.models import State
from tests.factories import both


def a_word(**given: Any) -> UpdateWish:
    return UpdateWish(**{"body": both("We are looking into it."), **given})


def an_incident(**given: Any) -> EventWish:
    values: dict[str, Any] = {
        "page": "mail",
        "category": Category.INCIDENT,
        "title": both("Slow mail"),
        "lists": given.pop("lists", ()),
    }
    for key in ("automation", "recurrence"):
        if key in given:
            values[key] = given.pop(key)
    for key in ("page", "category", "title"):
        values[key] = given.pop(key, values[key])
    given.setdefault("components", (Affected("webmail", State.MAJOR),))
    return EventWish(first=a_word(**given), **values)


def a_maintenance(**given: Any) -> EventWish:
    given.setdefault("components", (Affected("webmail"),))
    return an_incident(category=Category.MAINTENANCE, title=both("New disks"), **given)
