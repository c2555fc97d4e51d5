"""One row of the preference page: what it shows, and what comes back of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntFlag

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from service.errors import Fault, Invalid, invalid
from service.events.models import Event
from service.signup import queries
from service.signup.offering import Group, groups
from service.subscribers import queries as subscribers
from service.subscribers.filters import SEVERITIES, Choice, bits, names
from service.subscribers.models import Categories, Consent, Moment, Subscription
from service.subscribers.preferences import choices
from service.subscribers.targets import Target, target_of

LATELY = timedelta(days=14)  # events of which something was said since may be followed


@dataclass(frozen=True, slots=True)
class Row:
    """A subscription as the page shows it."""

    id: int
    target: Target
    state: Consent
    choice: Choice  # what is ticked
    shown: str  # what was there when the page was made, as a hidden field
    groups: Sequence[Group]  # of a page
    events: Sequence[Event]  # of a page: those that are followed, and those one may follow

    @property
    def categories(self) -> tuple[str, ...]:
        """The names of what is ticked."""
        return names(self.choice.categories)

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of the ticked stages."""
        return names(self.choice.moments, Moment)

    @property
    def severity(self) -> str:
        """The name of the least severity."""
        return SEVERITIES[self.choice.minimum_severity]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back of a row."""

    shown: Choice
    wanted: Choice


def rows(
    session: Session,
    address_id: int,
    now: datetime,
    answers: Mapping[int, Answer] | None = None,
) -> list[Row]:
    """What an address has that has not ended; *answers* are shown instead of what holds."""
    live = [
        each
        for each in subscribers.subscriptions(session, address_id)
        if each.state is not Consent.ENDED
    ]
    held = choices(session, live)
    given = answers or {}
    return [_row(session, each, held[each.id], now, given.get(each.id)) for each in live]


def read(
    session: Session, address_id: int, form: MultiDict[str, str], now: datetime
) -> dict[int, Answer]:
    """What a form says of each row it showed, by subscription; others are left alone.

    Raises `Invalid` for what no form of ours sends.
    """
    shown = {row.id: row for row in rows(session, address_id, now) if row.target.kind == "page"}
    return {
        row_id: _answer(row, form)
        for row_id, row in shown.items()
        if f"shown.{row_id}" in form and f"follow.{row_id}" in form
    }


def at_row(error: Invalid, row_id: int) -> Invalid:
    """The same refusal, at the fields of one row: `/components/12`."""
    return Invalid(
        [
            Fault(f"/{fault.pointer.split('/')[2]}/{row_id}", fault.detail, fault.code)
            for fault in error.faults
        ]
    )


def _row(
    session: Session,
    subscription: Subscription,
    held: Choice,
    now: datetime,
    answer: Answer | None,
) -> Row:
    target = target_of(session, subscription)
    return Row(
        id=subscription.id,
        target=target,
        state=subscription.state,
        choice=answer.wanted if answer else held,
        shown=json.dumps((answer.shown if answer else held).to_json()),
        groups=groups(session, target.id) if target.kind == "page" else (),
        events=_followable(session, target.id, held, now) if target.kind == "page" else (),
    )


def _followable(session: Session, page_id: int, held: Choice, now: datetime) -> list[Event]:
    followed = queries.events_called(session, held.events)
    lately = queries.public_events(session, page_id, now - LATELY)
    return list({event.id: event for event in (*followed, *lately)}.values())


def _answer(row: Row, form: MultiDict[str, str]) -> Answer:
    shown = _shown(row, form[f"shown.{row.id}"])
    sections = frozenset(group.section.id for group in row.groups)
    components = frozenset(each.id for group in row.groups for each in group.components)
    severity = form.get(f"severity.{row.id}", SEVERITIES[shown.minimum_severity])
    if severity not in SEVERITIES:
        raise invalid(f"/severity/{row.id}", "there is no such severity", "unknown")
    wanted = Choice(
        everything=form[f"follow.{row.id}"] == "everything",
        # What the page no longer offers was not shown, and so was not unticked.
        sections=_ticked(row, form, "sections", sections) | (shown.sections - sections),
        components=_ticked(row, form, "components", components) | (shown.components - components),
        categories=_flags(row, form, "categories", Categories),
        minimum_severity=SEVERITIES.index(severity),
        moments=_flags(row, form, "stages", Moment),
        events=_events(row, form, shown),
    )
    return Answer(shown, wanted)


def _ticked(
    row: Row, form: MultiDict[str, str], field: str, offered: frozenset[int]
) -> frozenset[int]:
    by_name = {str(each): each for each in offered}
    given = form.getlist(f"{field}.{row.id}")
    if not by_name.keys() >= set(given):
        raise invalid(f"/{field}/{row.id}", "there is no such thing on this page", "unknown")
    return frozenset(by_name[each] for each in given)


def _flags(row: Row, form: MultiDict[str, str], field: str, kind: type[IntFlag]) -> int:
    try:
        return bits(field, kind, form.getlist(f"{field}.{row.id}"))
    except Invalid as error:
        raise at_row(error, row.id) from None


def _events(row: Row, form: MultiDict[str, str], shown: Choice) -> frozenset[str]:
    """The events that are ticked; one that is no longer offered stays as it was shown."""
    ticked = frozenset(form.getlist(f"events.{row.id}"))
    offered = frozenset(f"event:{event.public_id}" for event in row.events)
    if not ticked <= offered | shown.events:
        raise invalid(f"/events/{row.id}", "there is no such event here", "unknown")
    return ticked | (shown.events - offered)


def _shown(row: Row, text: str) -> Choice:
    try:
        return Choice.from_json(json.loads(text))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise invalid(f"/shown/{row.id}", "this form was changed on its way", "unknown") from None
