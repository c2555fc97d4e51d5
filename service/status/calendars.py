"""Maintenances as appointments: one for each, with its newest word; cancelled ones stay."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from channels.base import Feed, Item, Span
from service.events.models import Category, Event, EventStage
from service.pages.models import Component
from service.status.feeds import Place, item_of, of_items
from service.status.selections import listed
from service.status.stories import Entry
from service.web.i18n import localised, translate

CALENDAR = frozenset({Category.MAINTENANCE})


def compose(
    place: Place, told: Sequence[tuple[Event, Entry]], components: Mapping[int, Component]
) -> Feed:
    """Return what of *told* takes place at some time, as appointments."""
    items = [
        _appointment(place, event, entry, components)
        for event, entry in listed(told)
        if entry.update.starts_at
    ]
    named = place.of or translate(place.language, "status.feed.maintenance.name")
    return of_items(place, tuple(items), named)


def _appointment(
    place: Place, event: Event, entry: Entry, components: Mapping[int, Component]
) -> Item:
    update, language = entry.update, place.language
    title, names = (
        localised(event.title, language),
        ", ".join(
            localised(components[key].name, language) for key in entry.states if key in components
        ),
    )
    plain = "\n\n".join(filter(None, (names, localised(update.body, language))))
    url = f"{place.url}events/{event.public_id}"
    return replace(
        item_of(place, event, entry, components),
        title=f"{title} ({names})" if names else title,
        url=url,
        span=Span(
            uid=f"{event.public_id}@{place.host}",
            sequence=entry.sequence - 1,  # as in mails about it
            starts_at=update.starts_at or entry.at,
            ends_at=update.ends_at,
            text=f"{plain}\n\n{url}",
            is_cancelled=update.stage is EventStage.CANCELLED,
        ),
    )
