"""What can be done with events. Nothing is public before its publication is approved."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime

from sqlalchemy.orm import Session

from service.audit.actions import record
from service.config import Settings
from service.db.base import new_public_id
from service.db.unit_of_work import UnitOfWork
from service.errors import Conflict, Invalid, NotFound, invalid
from service.events import queries
from service.events.models import Event, EventStage, EventUpdate, UpdateComponent
from service.events.naming import unknown_page
from service.events.proposing import Proposal, Scene, propose
from service.events.repeating import (
    Occurrence,
    announced_at,
    faults_of_recurrence,
    next_time,
    repeat,
)
from service.events.stages import ENDS, in_force
from service.events.story import Chapter, Story, tell
from service.events.wishes import Automation, EventWish, Recurrence, UpdateWish
from service.events.withdrawing import begins
from service.launches.following import follow
from service.moderation.handling import check_rewriting
from service.moderation.submitting import submit
from service.pages import queries as pages
from service.pages.actions import set_state
from service.pages.models import Page
from service.publications.actions import decide
from service.publications.models import Publication, PublicationState
from service.publications.texts import unpaired


@dataclass(frozen=True, slots=True)
class Held:
    """An update that now waits for a moderator."""

    event: Event
    update: EventUpdate
    publication: Publication
    proposal: Proposal


def try_event(session: Session, settings: Settings, now: datetime, wish: EventWish) -> Proposal:
    """Return what opening an event would come to; raises `Invalid`, stores nothing."""
    page = pages.page_by_slug(session, wish.page)
    faults = list(unpaired(wish.title, wish.first.body))
    if page is None:
        raise Invalid([unknown_page(session, wish.page), *faults])
    faults += faults_of_recurrence(wish, page.timezone)
    if faults:
        raise Invalid(faults)
    event = Event(
        public_id=new_public_id(),
        page_id=page.id,
        category=wish.category,
        title=dict(wish.title),
        created_at=now,
        created_by="",
    )
    return propose(session, settings, Scene(event, page, Story(), now), wish.first, wish.lists)


def try_update(
    session: Session, settings: Settings, now: datetime, event: Event, wish: UpdateWish
) -> Proposal:
    """Return what another word on *event* would come to; raises `Invalid`, stores nothing."""
    scene = Scene(event, _page(session, event), tell(queries.chapters(session, event.id)), now)
    return propose(session, settings, scene, wish)


def open_event(uow: UnitOfWork, settings: Settings, wish: EventWish) -> Held:
    """Store a new event and hold its first word for a moderator; raises `Invalid`."""
    proposal = try_event(uow.session, settings, uow.now, wish)
    event = proposal.event
    event.created_by = uow.by
    page = _page(uow.session, event)
    _settle(event, wish, proposal, page.timezone)
    uow.session.add(event)
    uow.session.flush()
    record(uow, "event.opened", f"event:{event.public_id}", category=event.category)
    return _hold(uow, proposal)


def update_event(uow: UnitOfWork, settings: Settings, public_id: str, wish: UpdateWish) -> Held:
    """Hold another word on an event; raises `NotFound`, `Invalid`."""
    event = _locked(uow, public_id)
    return _hold(uow, try_update(uow.session, settings, uow.now, event, wish))


def replace_opening(
    uow: UnitOfWork, settings: Settings, public_id: str, wish: EventWish, *, seen: str | None = None
) -> Held:
    """Write an event anew while its first word is held: a new revision, held in its turn.

    *seen* is the hash of what was replaced, None for whatever it is. Raises `NotFound`, `Invalid`,
    and `Conflict` once it is decided, is not what was seen, or has been followed by another word.
    """
    event = _locked(uow, public_id)
    page, told = _page(uow.session, event), queries.chapters(uow.session, event.id)
    standing = [chapter for chapter in told if chapter.stands]
    if len(standing) != 1:
        raise Conflict("it is no longer its first word that is held", code="not_newest")
    if (wish.page, wish.category) != (page.slug, event.category):
        raise invalid("/page", "page and category stay: withdraw it and open another", "fixed")
    wish = _completed(event, wish)
    if faults := list(unpaired(wish.title, wish.first.body)):
        raise Invalid(faults)
    if faults := list(faults_of_recurrence(wish, page.timezone)):
        raise Invalid(faults)
    event.title = dict(wish.title)
    old = _take_back(uow, standing[0], seen)
    scene = Scene(event, page, Story(), uow.now)
    proposal = propose(uow.session, settings, scene, wish.first, wish.lists)
    _settle(event, wish, proposal, page.timezone)
    return _hold(uow, proposal, old)


def replace_update(
    uow: UnitOfWork,
    settings: Settings,
    public_id: str,
    update_id: str,
    wish: UpdateWish,
    *,
    seen: str | None = None,
) -> Held:
    """Write an event's newest word anew while it is held: a new revision, held in its turn.

    *seen* is the hash of what was replaced, None for whatever it is. Raises `NotFound`, `Invalid`,
    and `Conflict` once it is decided, is not what was seen, or has been followed by another word.
    """
    event = _locked(uow, public_id)
    told = queries.chapters(uow.session, event.id)
    chapter = next((each for each in told if each.update.public_id == update_id), None)
    if chapter is None:
        raise NotFound(f"event {public_id} has no update {update_id}")
    if any(each.stands and each.update.no > chapter.update.no for each in told):
        raise Conflict("another word has followed it", code="not_newest")
    old = _take_back(uow, chapter, seen)
    before = tell(each for each in told if each is not chapter)
    scene = Scene(event, _page(uow.session, event), before, uow.now)
    return _hold(uow, propose(uow.session, settings, scene, wish), old)


def follow_approvals(uow: UnitOfWork, limit: int = 100) -> int:
    """Write the states of updates that have become public to their pages' log, once each.

    Returns how many updates that were. Restartable: what is done is marked in the same unit of
    work. A word that becomes public after a later one of its event changes nothing any more.
    """
    updates = queries.unlogged(uow.session, limit)
    for update in updates:
        event = uow.session.get_one(Event, update.event_id)
        if update.no > queries.last_logged(uow.session, event.id):
            _log_states(uow, event, update)
        update.logged_at = uow.now
        uow.session.flush()
    return len(updates)


def _log_states(uow: UnitOfWork, event: Event, update: EventUpdate) -> None:
    source = f"event:{event.public_id}"
    states = queries.states(uow.session, [update.id])[update.id]
    told_after = not in_force(update.stage) and queries.last_logged(uow.session, event.id) == 0
    if in_force(update.stage) or (told_after and _lasted(update)):
        since = begins(uow, update)
        for component_id, state in states.items():
            set_state(uow, component_id, source, state, "", since=since)
    if update.stage in ENDS:
        _take_states_back(uow, event, update, source)


def _lasted(update: EventUpdate) -> bool:
    """Whether an event that was first told of after its end says what it did while it lasted."""
    told = update.stage in (EventStage.RESOLVED, EventStage.COMPLETED)
    return told and update.starts_at is not None and update.ends_at is not None


def _take_states_back(uow: UnitOfWork, event: Event, update: EventUpdate, source: str) -> None:
    gone = update.stage is EventStage.RETRACTED  # as if it had never been: from its start on
    since = update.starts_at if gone else update.ends_at
    for component_id in queries.components_of(uow.session, event.id):
        last = pages.last_word(uow.session, component_id, source)
        if last is not None and last.state is not None:
            set_state(uow, component_id, source, None, "", since=since)


def _completed(event: Event, wish: EventWish) -> EventWish:
    """Return *wish* with what it leaves unsaid as *event* has it."""
    if "automation" in wish.unsaid:
        held = {each.name: getattr(event, each.name) for each in fields(Automation)}
        wish = replace(wish, automation=Automation(**held))
    if "recurrence" in wish.unsaid and event.rule:
        wish = replace(wish, recurrence=Recurrence(event.rule, event.ahead_days or 0))
    return wish


def _settle(event: Event, wish: EventWish, proposal: Proposal, zone: str) -> None:
    """Let *event* do by itself what is wished for, and come back as often."""
    for switch, is_on in asdict(wish.automation).items():
        setattr(event, switch, is_on)
    begins = proposal.times.starts_at
    repeat(event, wish.recurrence, Occurrence(event.public_id, begins, begins))
    following = next_time(event, zone)
    event.recurs_at = announced_at(event, following) if following else None


def _locked(uow: UnitOfWork, public_id: str) -> Event:
    event = queries.for_update(uow.session, public_id)
    if event is None:
        raise NotFound(f"there is no event {public_id}")
    return event


def _page(session: Session, event: Event) -> Page:
    return session.get_one(Page, event.page_id)


def _take_back(uow: UnitOfWork, chapter: Chapter, seen: str | None) -> Publication:
    publication = chapter.publication
    check_rewriting(uow, publication)
    hash_seen = publication.hash if seen is None else seen
    return decide(uow, publication.public_id, PublicationState.REPLACED, hash_seen)


def _hold(uow: UnitOfWork, proposal: Proposal, old: Publication | None = None) -> Held:
    publication = submit(uow, proposal.draft)
    if old:
        publication.revision = old.revision + 1
        follow(uow, old, publication)
    update = write_down(uow, proposal, publication)
    return Held(proposal.event, update, publication, proposal)


def write_down(uow: UnitOfWork, proposal: Proposal, publication: Publication) -> EventUpdate:
    """Store the update that *publication* tells of."""
    event_id = proposal.event.id
    update = EventUpdate(
        event_id=event_id,
        no=queries.last_no(uow.session, event_id) + 1,
        stage=proposal.stage,
        body=proposal.body,
        starts_at=proposal.times.starts_at,
        ends_at=proposal.times.ends_at,
        next_update_at=proposal.times.next_update_at,
        publication_id=publication.id,
        created_at=uow.now,
        created_by=uow.by,
    )
    uow.session.add(update)
    uow.session.flush()
    uow.session.add_all(_given(update, proposal))
    uow.session.flush()
    return update


def _given(update: EventUpdate, proposal: Proposal) -> Sequence[UpdateComponent]:
    return [
        UpdateComponent(update_id=update.id, component_id=component_id, state=state)
        for component_id, state in proposal.states.items()
    ]
