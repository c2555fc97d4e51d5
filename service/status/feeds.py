"""A page's feeds, as values for the pull channels: one item an update, never empty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from channels.base import Feed, Item
from service.events.models import Category, Event
from service.pages.models import Component, Page
from service.pages.states import worst
from service.status.stories import Entry
from service.web.i18n import localised, translate
from service.web.markdown import to_html

#: What each feed holds, by its name in addresses.
CATEGORIES: dict[str, frozenset[Category]] = {
    "all": frozenset(Category),
    "incidents": frozenset({Category.INCIDENT}),
    "maintenance": frozenset({Category.MAINTENANCE}),
    "announcements": frozenset({Category.ANNOUNCEMENT}),
    "actions": frozenset({Category.ACTION_REQUIRED}),
    "general": frozenset({Category.GENERAL}),
}

#: The year feeds began, as RFC 4151 wants it: it never changes.
EPOCH = "2026"
_NAMED = 2  # components a title has room for


@dataclass(frozen=True, slots=True)
class Place:
    """Where a feed stands: its page, language and name, and how the outside reaches it."""

    page: Page
    language: str
    name: str
    host: str  # the right side of permanent ids
    url: str  # of the page in that language, with a trailing slash
    self_url: str
    of: str = ""  # what it is about, where it is about less than the page
    key: str = ""  # sets it apart from the others of its name, for ever


def compose(
    place: Place, told: Sequence[tuple[Event, Entry]], components: Mapping[int, Component]
) -> Feed:
    """Return the feed of what was *told*, newest first; with nothing told, it says so."""
    items = [item_of(place, event, entry, components) for event, entry in told]
    items = items or [_standing(place)]
    return of_items(place, tuple(items), place.of or _say(place, "name"))


def of_items(place: Place, items: tuple[Item, ...], named: str) -> Feed:
    """Return a feed of *items*, of which there is at least one."""
    of_page = localised(place.page.name, place.language)
    parts = (place.page.public_id, place.key or place.name, place.language)
    return Feed(
        id=f"tag:{place.host},{EPOCH}:feed/{'/'.join(parts)}",
        title=f"{of_page} — {named}",
        description=f"{of_page} — {place.of}" if place.of else _say(place, "description"),
        language=place.language,
        url=place.url,
        self_url=place.self_url,
        updated_at=max((item.published_at for item in items), default=place.page.created_at),
        items=items,
    )


def item_of(place: Place, event: Event, entry: Entry, components: Mapping[int, Component]) -> Item:
    """Return an update as an item, under its permanent id."""
    touched = {components[key]: state for key, state in entry.states.items() if key in components}
    names = [localised(component.name, place.language) for component in touched]
    stage = translate(place.language, f"stage.{entry.update.stage}")
    state = f"state.{worst(touched.values())}" if touched else f"category.{event.category}"
    subject = f"{_listed(names)} — {stage}" if names else stage
    title = localised(event.title, place.language)
    return Item(
        id=f"tag:{place.host},{EPOCH}:update/{entry.update.public_id}",
        title=f"[{translate(place.language, state)}] {subject}: {title}",
        html=_html(place, title, entry, touched),
        url=f"{place.url}events/{event.public_id}#update-{entry.update.public_id}",
        published_at=entry.at,
        categories=(translate(place.language, f"category.{event.category}"), *names),
    )


def _html(place: Place, title: str, entry: Entry, touched: Mapping[Component, str]) -> str:
    rows = [
        Markup("<li>{}: {}</li>").format(
            localised(component.name, place.language), translate(place.language, f"state.{state}")
        )
        for component, state in touched.items()
    ]
    listed = Markup("<ul>{}</ul>").format(Markup("").join(rows)) if rows else Markup("")
    body = to_html(localised(entry.update.body, place.language))
    return str(Markup("<p><strong>{}</strong></p>{}{}").format(title, body, listed))


def _standing(place: Place) -> Item:
    # Some readers refuse a feed without items, others call it broken.
    key = place.key or place.name
    return Item(
        id=f"tag:{place.host},{EPOCH}:feed/{place.page.public_id}/{key}/nothing",
        title=_say(place, "nothing"),
        html=str(Markup("<p>{}</p>").format(translate(place.language, "status.feed.standing"))),
        url=place.url,
        published_at=place.page.created_at,
    )


def _say(place: Place, what: str) -> str:
    page = localised(place.page.name, place.language)
    return translate(place.language, f"status.feed.{place.name}.{what}", page=page)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" +{more}" if more > 0 else "")
