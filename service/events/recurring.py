"""Maintenances that come back: each time is an event of its own, announced ahead of it.

What the next one says was approved with the one before, which said that it comes back; so it is
announced without a moderator. One may be moved or cancelled alone; the series goes on.
"""

from datetime import datetime

from service.audit.actions import record
from service.config import Settings
from service.db.unit_of_work import UnitOfWork
from service.errors import NotFound
from service.events import queries
from service.events import queries_keeping as keeping
from service.events.actions import try_event, write_down
from service.events.models import Event, EventStage
from service.events.repeating import Occurrence, announced_at, next_time, repeat
from service.events.wishes import Affected, Automation, EventWish, Recurrence, UpdateWish
from service.lists import queries as lists
from service.moderation.approving import leave
from service.pages.models import Page
from service.publications.actions import hold

REASON = "comes back as announced"


def carry_on(uow: UnitOfWork, settings: Settings) -> int:
    """Announce what comes round next of each series that is due; return how many did."""
    announced = 0
    for event in keeping.recurring(uow.session, uow.now):
        page = uow.session.get_one(Page, event.page_id)
        at = next_time(event, page.timezone, uow.now)
        event.recurs_at = announced_at(event, at) if at else None
        if at and event.recurs_at and event.recurs_at <= uow.now:
            _announce(uow, settings, event, page, at)
            announced += 1
    return announced


def end_series(uow: UnitOfWork, public_id: str) -> int:
    """Let what an event belongs to come back no more; return how many times were ended so.

    What was announced already stays announced. Raises `NotFound`.
    """
    event = queries.for_update(uow.session, public_id)
    if event is None:
        raise NotFound(f"there is no event {public_id}")
    if event.series is None:
        return 0
    ended = 0
    for each in keeping.of_series(uow.session, event):
        ended += each.rule is not None
        each.rule, each.recurs_at = None, None
    if ended:
        record(uow, "event.series_ended", f"event:{public_id}")
    return ended


def _announce(uow: UnitOfWork, settings: Settings, last: Event, page: Page, at: datetime) -> None:
    wish = _wish(uow, last, page, at)
    proposal = try_event(uow.session, settings, uow.now, wish)
    event = proposal.event
    event.created_by = last.created_by
    for switch in Automation.__slots__:
        setattr(event, switch, getattr(last, switch))
    repeat(event, wish.recurrence, Occurrence(last.series or last.public_id, last.series_from, at))
    following = next_time(event, page.timezone)
    event.recurs_at = announced_at(event, following) if following else None
    uow.session.add(event)
    uow.session.flush()
    last.rule = last.recurs_at = None  # the newest one carries it on
    publication = hold(uow, proposal.draft)
    write_down(uow, proposal, publication)
    leave(uow, publication, REASON)
    record(uow, "event.came_back", f"event:{event.public_id}", series=event.series)


def _wish(uow: UnitOfWork, last: Event, page: Page, at: datetime) -> EventWish:
    """The next time, in the words of the last; what has gone out of use meanwhile is left out."""
    first = next(each for each in queries.chapters(uow.session, last.id) if each.stands)
    components = queries.component_names(uow.session, first.states)
    length = (first.update.ends_at or at) - (first.update.starts_at or at)
    wanted = set(first.publication.audience["lists"])
    word = UpdateWish(
        body=first.update.body,
        stage=EventStage.SCHEDULED,
        components=tuple(
            Affected(components[key].public_id, state)
            for key, state in first.states.items()
            if components[key].retired_at is None
        ),
        starts_at=at,
        ends_at=at + length,
    )
    return EventWish(
        page=page.slug,
        category=last.category,
        title=last.title,
        first=word,
        lists=tuple(each.slug for each in lists.lists(uow.session) if each.id in wanted),
        recurrence=Recurrence(last.rule or "", last.ahead_days or 0),
    )
