"""Which events an export brings, and which words of them nobody has here yet."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from service.events import queries as events
from service.events.models import Category, Event
from service.events.stages import ENDS, SAYS
from service.events.story import Chapter
from service.pages.models import State
from service.pages.states import worst
from service.transfers import queries
from service.transfers.plan import NewPast, NewWord, Plan, Verdict
from service.transfers.shapes import IncidentShape, UpdateShape
from service.transfers.translating import IMPACTS, STAGES, STATES, own_id, plain

Dated = tuple[datetime, UpdateShape]


def decide_past(
    session: Session, plan: Plan, given: Sequence[IncidentShape], now: datetime
) -> None:
    """Decide on incidents and maintenances, the oldest first."""
    names = [own_id(each.id) for each in given]
    here = queries.events(session, plan.page.id, names) if plan.page else {}
    elsewhere = queries.homes(session, Event, [name for name in names if name not in here])
    words = {own_id(it.id) for each in given for it in each.incident_updates}
    taken = queries.updates(session, words)
    for each in sorted(given, key=lambda it: it.created_at):
        kind = _category(each)
        if own_id(each.id) in elsewhere:
            plan.note(Verdict.REFUSED, kind, each.name, "elsewhere")
        elif fault := _fault(each, kind, now):
            plan.note(Verdict.REFUSED, kind, each.name, *fault)
        else:
            event = here.get(own_id(each.id))
            told = events.chapters(session, event.id) if event else ()
            _note(plan, each, _past(plan, each, kind, event, told, taken))


def _note(plan: Plan, each: IncidentShape, past: NewPast) -> None:
    if past.event_id is None:
        plan.past.append(past)
        plan.note(Verdict.MADE, past.category, each.name, "", str(len(past.words)))
    elif past.words:
        plan.past.append(past)
        plan.note(Verdict.CHANGED, past.category, each.name, "words", str(len(past.words)))
    else:
        plan.note(Verdict.LEFT, past.category, each.name, "here")


def _category(each: IncidentShape) -> Category:
    return Category.MAINTENANCE if each.scheduled_for else Category.INCIDENT


def _fault(each: IncidentShape, kind: Category, now: datetime) -> tuple[str, str] | None:
    for word in each.incident_updates:
        if word.status not in STAGES[kind]:
            return "status", word.status
        if word.at is None:
            return "undated", word.id
        if word.at > now:
            return "future", word.at.isoformat()
    return None


def _past(
    plan: Plan,
    each: IncidentShape,
    kind: Category,
    event: Event | None,
    told: Sequence[Chapter],
    taken: set[str],
) -> NewPast:
    dated = sorted(((it.at or each.created_at, it) for it in each.incident_updates), key=_when)
    last = max((_told_at(chapter) for chapter in told), default=None)
    words = [
        word
        for word in _words(plan, each, kind, dated)
        if word.public_id not in taken and (last is None or word.at > last)
    ]
    return NewPast(
        public_id=own_id(each.id),
        category=kind,
        title=each.name,
        created_at=each.created_at,
        starts_itself=bool(each.scheduled_auto_in_progress),
        ends_itself=bool(each.scheduled_auto_completed),
        event_id=event.id if event else None,
        said=tuple(state for chapter in told for state in chapter.states.values()),
        words=tuple(words),
    )


def _when(word: Dated) -> datetime:
    return word[0]


def _told_at(chapter: Chapter) -> datetime:
    return chapter.publication.started_at or chapter.update.created_at


def _words(
    plan: Plan, each: IncidentShape, kind: Category, dated: Sequence[Dated]
) -> list[NewWord]:
    begins = each.scheduled_for or each.started_at or each.created_at
    states = _assumed(plan, each, kind)
    words: list[NewWord] = []
    for at, update in dated:
        stage = STAGES[kind][update.status]
        over = stage in ENDS
        states = {**states, **_said(plan, update, kind, told_after=over and not words)}
        if over and words:
            states = dict.fromkeys(states, State.OPERATIONAL)
        ends_at = (each.resolved_at or at) if over else each.scheduled_until
        body = plain(update.body or "") or each.name
        words.append(NewWord(own_id(update.id), stage, body, at, begins, ends_at, states))
    return words


def _assumed(plan: Plan, each: IncidentShape, kind: Category) -> Mapping[str, State]:
    """The states of its components where its words do not say them one by one."""
    if any(it.affected_components for it in each.incident_updates):
        return {}
    state = IMPACTS.get(each.impact or "", SAYS[kind][0])
    if kind is Category.MAINTENANCE:
        state = State.MAINTENANCE
    return {plan.known[key]: state for key in each.components if key in plan.known}


def _said(plan: Plan, update: UpdateShape, kind: Category, *, told_after: bool) -> dict[str, State]:
    """The states it gives; one that was told of only after its end says the worst there was."""
    said = {}
    for it in update.affected_components or ():
        states = [STATES.get(it.new_status), STATES.get(it.old_status) if told_after else None]
        known = [state for state in states if state in SAYS[kind]]
        if it.code in plan.known and known:
            said[plan.known[it.code]] = worst(state for state in known if state)
    return said
