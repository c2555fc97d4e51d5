"""The public read API of Statuspage, version 2, field for field: pure documents.

Instants carry milliseconds and the page's offset. Actions required, announcements and general
messages are not in it: clients would raise an alarm.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from scheduling import zones
from service.events.models import EventStage
from service.events.stages import severity
from service.pages.models import Component, Page, Section, State
from service.pages.states import worst
from service.status.stories import Entry, Grid, Story
from service.web.i18n import localised, translate

#: Our states in Statuspage's words.
STATUS: Mapping[State, str] = {
    State.OPERATIONAL: "operational",
    State.MAINTENANCE: "under_maintenance",
    State.MINOR: "degraded_performance",
    State.MAJOR: "partial_outage",
    State.DOWN: "major_outage",
}

#: Stages that Statuspage has no word for.
_STAGES = {EventStage.CANCELLED: "completed"}

ACTIVE = frozenset({EventStage.IN_PROGRESS, EventStage.VERIFYING})

_DEFAULT_LENGTH = timedelta(hours=1)  # of a maintenance that nobody gave an end

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Board:
    """A page at an instant, with all that its documents need."""

    page: Page
    language: str
    url: str  # of the page, without a trailing slash
    grid: Grid
    changed: Mapping[int, datetime]  # when something was last said of each component
    updated_at: datetime
    permalink: Callable[[str], str]  # by the event's public id


def page(board: Board) -> Json:
    """The page itself."""
    return {
        "id": board.page.public_id,
        "name": localised(board.page.name, board.language),
        "url": board.url,
        "time_zone": board.page.timezone,
        "updated_at": stamp(board, board.updated_at),
    }


def status(board: Board) -> Json:
    """The top line: how bad it is, and in words."""
    indicator, description = top_line([board.grid.state(it) for it in board.grid.components])
    return {"indicator": indicator, "description": description}


def top_line(states: Collection[State]) -> tuple[str, str]:
    """Return Statuspage's indicator and its words for components in *states*."""
    if not states:
        return "none", "All Systems Operational"
    outages = {State.DOWN, State.MAJOR}
    broken = sum(state in outages for state in states)
    lines = (
        (all(state is State.DOWN for state in states), "critical", "Major System Outage"),
        (State.DOWN in states or broken == len(states), "major", "Partial System Outage"),
        (State.MAJOR in states, "minor", "Minor Service Outage"),
        (all(state is State.MINOR for state in states), "minor", "Degraded System Service"),
        (State.MINOR in states, "minor", "Partially Degraded Service"),
        (State.MAINTENANCE in states, "maintenance", "Service Under Maintenance"),
    )
    return next(
        ((indicator, words) for true, indicator, words in lines if true),
        ("none", "All Systems Operational"),
    )


def components(board: Board) -> list[Json]:
    """Every section, as a group, followed by its components."""
    found: list[Json] = []
    for place, (section, members) in enumerate(board.grid.groups(), start=1):
        found.append(_group(board, section, members, place))
        found += [component(board, each) for each in members]
    return found


def component(board: Board, it: Component) -> Json:
    """One component as it is now."""
    created = stamp(board, it.created_at)
    since = it.known_since or it.created_at
    return {
        "id": it.public_id,
        "name": localised(it.name, board.language),
        "status": STATUS[board.grid.state(it)],
        "created_at": created,
        "updated_at": stamp(board, max(board.changed.get(it.id, it.created_at), it.created_at)),
        "position": it.position,
        "description": localised(it.description, board.language) or None,
        "showcase": True,
        "start_date": zones.wall_clock(board.page.timezone, since).date().isoformat(),
        "group_id": _section_id(board, it),
        "page_id": board.page.public_id,
        "group": False,
        "only_show_if_degraded": False,
    }


def incident(board: Board, story: Story) -> Json:
    """An incident with its updates, newest first."""
    entries = story.entries
    first_told = min(entry.at for entry in entries)
    monitoring = [e.at for e in entries if e.update.stage is EventStage.MONITORING]
    return {
        "id": story.event.public_id,
        "name": localised(story.event.title, board.language),
        "status": _stage(story.stage),
        "created_at": stamp(board, first_told),
        "updated_at": stamp(board, max(entry.at for entry in entries)),
        "monitoring_at": stamp(board, min(monitoring)) if monitoring else None,
        "resolved_at": stamp(board, story.ended) if story.ended else None,
        "impact": severity(_ever(story)),
        "shortlink": board.permalink(story.event.public_id),
        "started_at": stamp(board, story.begins),
        "page_id": board.page.public_id,
        "incident_updates": _updates(board, story),
        "components": _touched(board, story),
        "reminder_intervals": None,
    }


def maintenance(board: Board, story: Story) -> Json:
    """A maintenance: an incident with the times it is planned for."""
    until = story.last.ends_at or story.begins + _DEFAULT_LENGTH
    return {
        **incident(board, story),
        "impact": "maintenance",
        "scheduled_for": stamp(board, story.begins),
        "scheduled_until": stamp(board, until),
    }


def stamp(board: Board, instant: datetime) -> str:
    """Return *instant* in ISO 8601 with milliseconds and the page's offset."""
    ahead = zones.offset(board.page.timezone, instant)
    return instant.astimezone(UTC if not ahead else timezone(ahead)).isoformat(
        timespec="milliseconds"
    )


def _updates(board: Board, story: Story) -> list[Json]:
    entries = sorted(story.entries, key=lambda entry: (entry.at, entry.update.no), reverse=True)
    before: dict[int, Mapping[int, State]] = {}
    known: dict[int, State] = {}
    for entry in reversed(entries):
        before[entry.update.id] = dict(known)
        known.update(entry.states)
    return [_update(board, story, entry, before[entry.update.id]) for entry in entries]


def _update(board: Board, story: Story, entry: Entry, before: Mapping[int, State]) -> Json:
    at = stamp(board, entry.at)
    return {
        "id": entry.update.public_id,
        "status": _stage(entry.update.stage),
        "body": _body(board, entry),
        "incident_id": story.event.public_id,
        "created_at": at,
        "updated_at": at,
        "display_at": at,
        "affected_components": _changes(board, entry, before) or None,
        "deliver_notifications": True,
        "custom_tweet": None,
        "tweet_id": None,
    }


def _body(board: Board, entry: Entry) -> str:
    body = localised(entry.update.body, board.language)
    if entry.update.stage is EventStage.CANCELLED:
        return f"{translate(board.language, 'status.v2.cancelled')} {body}"
    return body


def _changes(board: Board, entry: Entry, before: Mapping[int, State]) -> list[Json]:
    return [
        {
            "code": component.public_id,
            "name": _full_name(board, component),
            "old_status": STATUS[before.get(component_id, State.OPERATIONAL)],
            "new_status": STATUS[state],
        }
        for component_id, state in entry.states.items()
        if (component := board.grid.known.get(component_id)) is not None
    ]


def _full_name(board: Board, it: Component) -> str:
    section = _section(board, it)
    name = localised(it.name, board.language)
    return f"{localised(section.name, board.language)} - {name}" if section else name


def _touched(board: Board, story: Story) -> list[Json]:
    ever = {key for entry in story.entries for key in entry.states}
    return [component(board, it) for it in board.grid.components if it.id in ever]


def _ever(story: Story) -> list[State]:
    return [state for entry in story.entries for state in entry.states.values()]


def _group(board: Board, section: Section, members: Sequence[Component], place: int) -> Json:
    times = [board.changed.get(each.id, each.created_at) for each in members]
    return {
        "id": section.public_id,
        "name": localised(section.name, board.language),
        "status": STATUS[worst(board.grid.state(each) for each in members)],
        "created_at": stamp(board, section.created_at),
        "updated_at": stamp(board, max([section.created_at, *times])),
        "position": place,
        "description": None,
        "showcase": False,
        "start_date": None,
        "group_id": None,
        "page_id": board.page.public_id,
        "group": True,
        "only_show_if_degraded": False,
        "components": [each.public_id for each in members],
    }


def _section(board: Board, it: Component) -> Section | None:
    return next((each for each in board.grid.sections if each.id == it.section_id), None)


def _section_id(board: Board, it: Component) -> str | None:
    section = _section(board, it)
    return section.public_id if section else None


def _stage(stage: EventStage) -> str:
    return _STAGES.get(stage, stage.value)
