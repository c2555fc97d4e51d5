"""From a wish to all that would be stored and sent, or to the reasons why not. Changes nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from channels.base import Message, Sender, Touched
from service.config import Settings
from service.errors import Fault, Invalid
from service.events import queries, wording
from service.events.checking import (
    Times,
    faults_of_stage,
    faults_of_states,
    faults_of_times,
    is_moved,
    overdue,
    stage_of,
    times_of,
    with_now,
)
from service.events.models import Category, Event, EventStage
from service.events.naming import find
from service.events.stages import ENDS, kind_of_message, moment, severity
from service.events.story import Story
from service.events.wishes import UpdateWish
from service.pages.models import Component, Page, State
from service.pages.places import address_of
from service.publications.actions import Draft
from service.publications.models import Purpose, Urgency
from service.publications.plans import PLANNED, URGENT
from service.publications.terms import Defaults, settle
from service.publications.texts import missing_languages, texts
from service.subscribers.audience import Audience
from service.subscribers.filters import SEVERITIES
from service.subscribers.queries_audience import size


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a wish comes to; *reach* is how many addresses would get it now."""

    event: Event
    stage: EventStage
    body: dict[str, str]
    times: Times
    states: dict[int, State]
    draft: Draft
    reach: int
    warnings: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a wish is about: an event on its page, as far as it has got."""

    event: Event
    page: Page
    story: Story
    now: datetime


def propose(
    session: Session,
    settings: Settings,
    scene: Scene,
    wish: UpdateWish,
    list_slugs: tuple[str, ...] = (),
) -> Proposal:
    """Return what *wish* comes to; raises `Invalid` naming all that cannot be used.

    The components of earlier updates stay concerned, in the state they have, unless the wish says
    otherwise: who was told that something broke is told that it works again.
    """
    turn = _turn(session, scene, wish, list_slugs)
    if is_moved(scene.story, turn.stage, turn.times):
        wish = replace(wish, body=moved(scene, turn.times, wish.body))
    draft = _draft(session, settings, scene, turn, wish)
    reach = size(session, draft.audience)
    return Proposal(
        event=scene.event,
        stage=turn.stage,
        body=dict(wish.body),
        times=turn.times,
        states=turn.states,
        draft=draft,
        reach=reach,
        warnings=tuple(_warnings(scene, wish, turn, reach)),
    )


def _turn(session: Session, scene: Scene, wish: UpdateWish, list_slugs: tuple[str, ...]) -> "_Turn":
    category, story = scene.event.category, scene.story
    stage = stage_of(category, story, wish)
    times = times_of(stage, story, wish)
    found = find(session, scene.page, category, wish.components, list_slugs)
    faults = [
        *faults_of_stage(category, story, stage),
        *faults_of_states(story, stage, found.states.values()),
        *faults_of_times(wish, times, category, stage, scene.now),
        *found.faults,
    ]
    if faults:
        raise Invalid(faults)
    states = {**story.states, **found.states}
    if stage in ENDS and story.length:
        states = dict.fromkeys(states, State.OPERATIONAL)
    grave = severity((*story.said, *states.values()))
    list_ids = tuple(each.id for each in found.lists) or story.lists
    return _Turn(stage, with_now(times, category, stage, scene.now), states, grave, list_ids)


def moved(scene: Scene, times: Times, body: Mapping[str, str]) -> dict[str, str]:
    """Return *body* with the times it was planned for and those it is planned for now."""
    before, zone = scene.story, scene.page.timezone
    return {
        language: wording.moved(
            language,
            text,
            zone,
            (before.starts_at, before.ends_at),
            (times.starts_at, times.ends_at),
        )
        for language, text in body.items()
    }


@dataclass(frozen=True, slots=True)
class _Turn:
    """What an event comes to with a wish: the worst it ever said decides how grave it is."""

    stage: EventStage
    times: Times
    states: dict[int, State]
    severity: str
    lists: tuple[int, ...]


def _draft(
    session: Session, settings: Settings, scene: Scene, turn: _Turn, wish: UpdateWish
) -> Draft:
    page, category = scene.page, scene.event.category
    settled = settle(wish.terms, defaults(category, turn.severity, page.timezone), scene.now)
    return Draft(
        purpose=Purpose.BULK,
        message=_message(session, settings, scene, turn, wish),
        audience=Audience(
            pages=(page.id,),
            lists=turn.lists,
            category=category,
            severity=SEVERITIES.index(turn.severity),
            components=tuple(sorted(turn.states)),
            subject=f"event:{scene.event.public_id}",
            moment=int(moment(turn.stage, scene.story.length + 1)),
            nobody=wish.is_silent,
        ),
        plan=settled.plan,
        urgency=settled.urgency,
        expires_at=settled.expires_at,
    )


def _message(
    session: Session, settings: Settings, scene: Scene, turn: _Turn, wish: UpdateWish
) -> Message:
    event, page = scene.event, scene.page
    components = queries.component_names(session, turn.states)
    return Message(
        id="",
        type=_type(scene, turn, wish),
        category=event.category,
        stage=turn.stage,
        severity=turn.severity,
        texts=texts(event.title, wish.body),
        sender=sender_of(settings, page),
        source=page.name,
        url=permalink(settings, page, event),
        subject=f"event:{event.public_id}",
        sequence=0,
        published_at=scene.now,
        starts_at=turn.times.starts_at,
        ends_at=turn.times.ends_at,
        touched=tuple(touched(components[each], state) for each, state in turn.states.items()),
    )


def _type(scene: Scene, turn: _Turn, wish: UpdateWish) -> str:
    category, story = scene.event.category, scene.story
    if wish.kind:
        return f"{category}.{wish.kind}"
    if is_moved(story, turn.stage, turn.times):
        return f"{category}.rescheduled"
    if (story.stage, turn.stage) == (EventStage.SCHEDULED, EventStage.IN_PROGRESS):
        return f"{category}.started"
    return kind_of_message(category, turn.stage, story.length + 1)


def permalink(settings: Settings, page: Page, event: Event) -> str:
    """Return the address of an event for readers of any language."""
    return address_of(settings, page, f"/events/{event.public_id}")


def sender_of(settings: Settings, page: Page) -> Sender:
    """Return whom messages about a page come from."""
    return Sender(
        name=page.sender_name or next(iter(page.name.values())),
        address=page.sender_address or settings.mail_from,
        list_id=f"{page.slug}.{settings.mail_host}",
        help_url=address_of(settings, page, "/channels/"),
        archive_url=address_of(settings, page, "/history/"),
    )


def touched(component: Component, state: State) -> Touched:
    """Return what a message says of *component*: in which state it is, what fails then."""
    impact = {} if state is State.OPERATIONAL else component.impact
    return Touched(component.public_id, component.name, state, impact)


def defaults(category: Category, grave: str, zone: str) -> Defaults:
    """Return how a message about an event leaves unless somebody says otherwise."""
    if category is not Category.INCIDENT:
        return Defaults(PLANNED, Urgency.NORMAL, timedelta(days=7), zone)
    urgency = Urgency.CRITICAL if grave == "critical" else Urgency.IMPORTANT
    return Defaults(URGENT, urgency, timedelta(hours=48), zone)


def _warnings(scene: Scene, wish: UpdateWish, turn: _Turn, reach: int) -> Iterator[Fault]:
    yield from missing_languages(wish.body, scene.page.languages)
    yield from overdue(turn.times, turn.stage, scene.now)
    if not turn.states and scene.event.category in (Category.INCIDENT, Category.MAINTENANCE):
        yield Fault("/components", "no component is named: it concerns the page", "no_components")
    if not reach and not wish.is_silent:
        yield Fault("/page", "nobody would get it: only the page and feeds show it", "empty")
