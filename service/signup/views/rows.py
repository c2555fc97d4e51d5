"""One row of the preference page: what it shows, and what comes back of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from service.errors import Fault, Invalid, invalid
from service.signup.views.offering import Group, groups
from service.subscribers import queries as subscribers
from service.subscribers.filters import CATEGORIES, SEVERITIES, Choice, names
from service.subscribers.models import Categories, Consent, Subscription
from service.subscribers.preferences import choices
from service.subscribers.targets import Target, target_of


@dataclass(frozen=True, slots=True)
class Row:
    """A subscription as the page shows it."""

    id: int
    target: Target
    state: Consent
    choice: Choice  # what is ticked
    shown: str  # what was there when the page was made, as a hidden field
    groups: Sequence[Group]  # of a page

    @property
    def categories(self) -> tuple[str, ...]:
        """The names of what is ticked."""
        return names(self.choice.categories)

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
    session: Session, address_id: int, answers: Mapping[int, Answer] | None = None
) -> list[Row]:
    """What an address has that has not ended; *answers* are shown instead of what holds."""
    live = [
        each
        for each in subscribers.subscriptions(session, address_id)
        if each.state is not Consent.ENDED
    ]
    held = choices(session, live)
    return [_row(session, each, held[each.id], (answers or {}).get(each.id)) for each in live]


def read(session: Session, address_id: int, form: MultiDict[str, str]) -> dict[int, Answer]:
    """What a form says of each row it showed, by subscription; others are left alone.

    Raises `Invalid` for what no form of ours sends.
    """
    shown = {row.id: row for row in rows(session, address_id) if row.target.kind == "page"}
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


def _row(session: Session, subscription: Subscription, held: Choice, answer: Answer | None) -> Row:
    target = target_of(session, subscription)
    return Row(
        id=subscription.id,
        target=target,
        state=subscription.state,
        choice=answer.wanted if answer else held,
        shown=json.dumps((answer.shown if answer else held).to_json()),
        groups=groups(session, target.id) if target.kind == "page" else (),
    )


def _answer(row: Row, form: MultiDict[str, str]) -> Answer:
    shown = _shown(row, form[f"shown.{row.id}"])
    sections = frozenset(group.section.id for group in row.groups)
    components = frozenset(each.id for group in row.groups for each in group.components)
    bits = int(Categories(0))
    for name in form.getlist(f"categories.{row.id}"):
        if name not in CATEGORIES:
            raise invalid(f"/categories/{row.id}", "there is no such category", "unknown")
        bits |= Categories[name.upper()]
    severity = form.get(f"severity.{row.id}", SEVERITIES[shown.minimum_severity])
    if severity not in SEVERITIES:
        raise invalid(f"/severity/{row.id}", "there is no such severity", "unknown")
    wanted = Choice(
        everything=form[f"follow.{row.id}"] == "everything",
        # What the page no longer offers was not shown, and so was not unticked.
        sections=_ticked(row, form, "sections", sections) | (shown.sections - sections),
        components=_ticked(row, form, "components", components) | (shown.components - components),
        categories=bits,
        minimum_severity=SEVERITIES.index(severity),
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


def _shown(row: Row, text: str) -> Choice:
    try:
        return Choice.from_json(json.loads(text))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise invalid(f"/shown/{row.id}", "this form was changed on its way", "unknown") from None
