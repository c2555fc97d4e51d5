"""Was a component touched at an instant? From the log of its page."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from service.errors import invalid
from service.pages import queries_log as log
from service.pages.history import at, stretches
from service.pages.models import Component, State
from service.status.queries_history import of_component
from service.status.stories import Story

_MOMENT = timedelta(microseconds=1)
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """How a component was at an instant; `state` None: nothing is known of that time."""

    at: datetime
    state: State | None
    since: datetime | None  # when it entered that state
    until: datetime | None  # when it left it; None: it has not
    stories: tuple[Story, ...]  # the events that were under way

    @property
    def was_touched(self) -> bool:
        """Whether it was known not to be operational, or part of an event."""
        return self.state not in (None, State.OPERATIONAL) or bool(self.stories)


def look_up(session: Session, component: Component, instant: datetime, now: datetime) -> Finding:
    """Return how *component* was at *instant*; raises `Invalid` for a time to come."""
    if instant > now:
        raise invalid("/at", "is to come: nobody knows yet", "future")
    start = component.known_since or component.created_at
    found = stretches(
        log.words_since(session, component.page_id, _BEGINNING)[component.id],
        log.corrections_since(session, component.page_id, _BEGINNING)[component.id],
        start,
        min(start, instant),
        now + _MOMENT,
    )
    stretch = at(found, instant)
    return Finding(
        at=instant,
        state=stretch.state if stretch else None,
        since=stretch.start if stretch and stretch.state else None,
        until=stretch.end if stretch and stretch.state and stretch.end <= now else None,
        stories=tuple(
            story
            for story in of_component(session, component.id, now, _BEGINNING)
            if story.happened and story.begins <= instant < (story.ended or now + _MOMENT)
        ),
    )
