"""Writes events of the past down: public since they were told of there, and mailed to nobody.

Few statements a batch. Their publications count as approved: what was public elsewhere is no news
that anybody has to read first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.base import Message
from service.config import Settings
from service.db.base import new_public_id
from service.db.unit_of_work import UnitOfWork
from service.events import queries as events
from service.events.models import Event, EventStage, EventUpdate, UpdateComponent
from service.events.proposing import permalink, sender_of, touched
from service.events.stages import ENDS, in_force, kind_of_message, moment, severity
from service.pages.models import Component, ComponentState, Page, State
from service.publications.freezing import digest, freeze
from service.publications.models import Publication, PublicationState, Purpose, Urgency
from service.publications.plans import PLANNED
from service.publications.texts import texts
from service.subscribers.audience import Audience
from service.subscribers.filters import SEVERITIES
from service.transfers import queries
from service.transfers.plan import NewPast, NewWord

REASON = "taken over from another status page"
LASTS = timedelta(days=7)  # of a publication that nobody is sent
_TOLD_AFTER = frozenset({EventStage.RESOLVED, EventStage.COMPLETED})


@dataclass(frozen=True, slots=True)
class Place:
    """Where events are written: a page, the language of what they say, its components by name."""

    settings: Settings
    page: Page
    language: str
    components: Mapping[str, Component]


@dataclass(frozen=True, slots=True)
class Draft:
    """A word with all that is stored of it."""

    event: Event
    no: int
    word: NewWord
    publication: Publication
    states: Mapping[int, State]


def write_past(uow: UnitOfWork, place: Place, batch: Sequence[NewPast]) -> None:
    """Make or continue the events of *batch*, with the states they gave to components."""
    owners = _events(uow, place, batch)
    drafts = [
        draft for past in batch for draft in _drafts(uow, place, past, *owners[past.public_id])
    ]
    uow.session.add_all(draft.publication for draft in drafts)
    uow.session.flush()
    updates = [_update(uow, place.language, draft) for draft in drafts]
    uow.session.add_all(updates)
    uow.session.flush()
    for draft, update in zip(drafts, updates, strict=True):
        uow.session.add_all(
            UpdateComponent(update_id=update.id, component_id=component_id, state=state)
            for component_id, state in draft.states.items()
        )
    for past in batch:
        uow.session.add_all(_log(uow, place, past))
    uow.session.flush()


def _events(
    uow: UnitOfWork, place: Place, batch: Sequence[NewPast]
) -> dict[str, tuple[Event, int]]:
    """Each event by its public id, with the number of the last word it has here."""
    here = queries.events(uow.session, place.page.id, [past.public_id for past in batch])
    fresh = [past for past in batch if past.public_id not in here]
    made = [
        Event(
            public_id=past.public_id,
            page_id=place.page.id,
            category=past.category,
            title={place.language: past.title},
            created_at=past.created_at,
            created_by=uow.by,
            starts_itself=past.starts_itself,
            ends_itself=past.ends_itself,
        )
        for past in fresh
    ]
    uow.session.add_all(made)
    uow.session.flush()
    last = {each.public_id: events.last_no(uow.session, each.id) for each in here.values()}
    return {each.public_id: (each, last.get(each.public_id, 0)) for each in (*here.values(), *made)}


def _drafts(
    uow: UnitOfWork, place: Place, past: NewPast, event: Event, before: int
) -> Iterator[Draft]:
    said = list(past.said)
    for no, word in enumerate(past.words, before + 1):
        there = [(place.components[name], state) for name, state in word.states.items()]
        said += [state for _, state in there]
        message = _message(place, event, word, no, severity(said), there)
        states = {component.id: state for component, state in there}
        publication = _publication(uow, place, message, states, word)
        yield Draft(event, no, word, publication, states)


def _message(
    place: Place,
    event: Event,
    word: NewWord,
    no: int,
    grave: str,
    there: Sequence[tuple[Component, State]],
) -> Message:
    return Message(
        id=new_public_id(),
        type=kind_of_message(event.category, word.stage, no),
        category=event.category,
        stage=word.stage,
        severity=grave,
        texts=texts(event.title, {place.language: word.body}),
        sender=sender_of(place.settings, place.page),
        source=place.page.name,
        url=permalink(place.settings, place.page, event),
        subject=f"event:{event.public_id}",
        sequence=no,
        published_at=word.at,
        starts_at=word.starts_at,
        ends_at=word.ends_at,
        touched=tuple(touched(component, state) for component, state in there),
    )


def _publication(
    uow: UnitOfWork, place: Place, message: Message, states: Mapping[int, State], word: NewWord
) -> Publication:
    content, plan = freeze(message), PLANNED.to_json()
    audience = Audience(
        pages=(place.page.id,),
        category=message.category,
        severity=SEVERITIES.index(message.severity),
        components=tuple(sorted(states)),
        subject=message.subject,
        moment=int(moment(word.stage, message.sequence)),
    ).to_json()
    return Publication(
        public_id=message.id,
        purpose=Purpose.BULK,
        state=PublicationState.APPROVED,
        subject=message.subject,
        sequence=message.sequence,
        category=message.category,
        urgency=Urgency.NORMAL,
        content=content,
        audience=audience,
        plan=plan,
        hash=digest(content, audience, plan),
        submitted_by=uow.by,
        created_at=uow.now,
        expires_at=word.at + LASTS,
        decided_at=uow.now,
        decided_by=uow.by,
        comment=REASON,
        started_at=word.at,
    )


def _update(uow: UnitOfWork, language: str, draft: Draft) -> EventUpdate:
    word = draft.word
    return EventUpdate(
        public_id=word.public_id,
        event_id=draft.event.id,
        no=draft.no,
        stage=word.stage,
        body={language: word.body},
        starts_at=word.starts_at,
        ends_at=word.ends_at,
        next_update_at=None,
        publication_id=draft.publication.id,
        created_at=word.at,
        created_by=uow.by,
        logged_at=uow.now,  # its states are written here, all at once
    )


def _log(uow: UnitOfWork, place: Place, past: NewPast) -> Iterator[ComponentState]:
    """What the log of states is told, in order: as if it had followed word by word."""
    for name, state, at in _spans(past):
        yield ComponentState(
            component_id=place.components[name].id,
            source=f"event:{past.public_id}",
            state=state,
            at=min(at, uow.now),
            by=uow.by,
            comment="",
            recorded_at=uow.now,
        )


def _spans(past: NewPast) -> Iterator[tuple[str, State | None, datetime]]:
    """Yield from when on each component is in a state, by its public id; None: no more."""
    said: dict[str, State] = {}
    began = past.event_id is not None and bool(past.said)
    for word in past.words:
        told_after = word.stage in _TOLD_AFTER and not began
        if in_force(word.stage) or told_after:
            since = word.at if began else word.starts_at
            yield from (
                (name, it, since) for name, it in word.states.items() if said.get(name) is not it
            )
            said.update(word.states)
            began = True
        if word.stage in ENDS:
            known = dict(word.states) if past.event_id is not None else dict(said)
            yield from ((name, None, word.ends_at or word.at) for name in known)
            said.clear()
