"""What becomes of what a tool says: an incident opened, updated, resolved, or nothing at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from service.audit.actions import record
from service.config import Settings
from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound, invalid
from service.events import queries as events
from service.events.actions import Held, open_event, update_event
from service.events.models import Category, Event, EventStage
from service.events.stages import ENDS
from service.events.story import Story, tell
from service.events.wishes import Affected, EventWish, UpdateWish
from service.hooks import queries
from service.hooks.models import Hook
from service.hooks.reading import Saying
from service.pages import queries as pages
from service.pages.models import Page, State

#: The places a generic hook looks at, and whether it must.
PLACES = {
    "key": True, "status": True, "title": True, "body": False, "component": False,
    "severity": False, "fixed_component": False, "over": False,
}  # fmt: skip


class Effect(StrEnum):
    """What became of what a tool said."""

    OPENED = "opened"
    UPDATED = "updated"
    RESOLVED = "resolved"
    NOTHING = "nothing"  # said before, or over before anybody heard of it


@dataclass(frozen=True, slots=True)
class Received:
    """The effect, and what was handed in, if anything was."""

    effect: Effect
    held: Held | None = None


def receive(
    uow: UnitOfWork, settings: Settings, page_slug: str, source: str, said: Saying
) -> Received:
    """Open, update or resolve the incident that *source* knows as `said.key`.

    The same twice changes nothing. What is submitted is held or leaves as the caller's sender
    says. Services that the page does not have are left out. Raises `NotFound`, `Invalid`.
    """
    page = pages.page_by_slug(uow.session, page_slug)
    if page is None:
        raise NotFound(f"there is no page {page_slug}")
    key = f"{source}:{said.key}"
    event = queries.told_of(uow.session, page.id, key)
    story = tell(events.chapters(uow.session, event.id)) if event else Story()
    if event is None or story.stage is None or story.stage in ENDS:
        return Received(Effect.NOTHING) if said.is_over else _open(uow, settings, page, key, said)
    return _follow(uow, settings, page, event, story, said)


def _open(uow: UnitOfWork, settings: Settings, page: Page, key: str, said: Saying) -> Received:
    first = UpdateWish(_spoken(page, said.body), components=_affected(uow, page, said.states))
    wish = EventWish(page.slug, Category.INCIDENT, _spoken(page, said.title), first)
    held = open_event(uow, settings, wish)
    held.event.external_key = key
    uow.session.flush()
    return Received(Effect.OPENED, held)


def _follow(
    uow: UnitOfWork, settings: Settings, page: Page, event: Event, story: Story, said: Saying
) -> Received:
    body = _spoken(page, said.body)
    if said.is_over:
        wish = UpdateWish(body, EventStage.RESOLVED)
        return Received(Effect.RESOLVED, update_event(uow, settings, event.public_id, wish))
    affected = _affected(uow, page, said.states)
    known = {each.id: each for each in pages.components(uow.session, page.id)}
    now = {known[key].slug: state for key, state in story.states.items() if key in known}
    if {each.component: each.state for each in affected}.items() <= now.items():
        return Received(Effect.NOTHING)
    held = update_event(uow, settings, event.public_id, UpdateWish(body, components=affected))
    return Received(Effect.UPDATED, held)


def save(uow: UnitOfWork, name: str, page_slug: str, mapping: Mapping[str, str]) -> Hook:
    """Create the generic hook called *name*, or change it; raises `Invalid`."""
    page = pages.page_by_slug(uow.session, page_slug)
    if page is None:
        raise invalid("/page", f"there is no page {page_slug!r}", "unknown")
    for place, needed in PLACES.items():
        if needed and not mapping.get(place):
            raise invalid(f"/mapping/{place}", "say where it stands: data.incident.id", "missing")
    hook = queries.by_name(uow.session, name) or Hook(name=name, created_at=uow.now)
    hook.page_id, hook.mapping, hook.retired_at = page.id, dict(mapping), None
    uow.session.add(hook)
    uow.session.flush()
    record(uow, "hook.saved", f"hook:{hook.public_id}", name=name)
    return hook


def retire(uow: UnitOfWork, name: str) -> None:
    """Take a hook out of use; raises `NotFound`."""
    hook = queries.by_name(uow.session, name)
    if hook is None or hook.retired_at is not None:
        raise NotFound(f"there is no hook {name}")
    hook.retired_at = uow.now
    record(uow, "hook.retired", f"hook:{hook.public_id}", name=name)


def _affected(uow: UnitOfWork, page: Page, states: Mapping[str, State]) -> tuple[Affected, ...]:
    there = {
        name: each.slug
        for each in pages.components(uow.session, page.id)
        for name in (each.slug, each.public_id)
    }
    found = {there[name]: state for name, state in states.items() if name in there}
    return tuple(Affected(slug, state) for slug, state in found.items())


def _spoken(page: Page, words: Mapping[str, str]) -> dict[str, str]:
    return {language: words[language] for language in page.languages if language in words}
