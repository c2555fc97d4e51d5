"""What staff fill in about events, on the clock of the page."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from werkzeug.datastructures import MultiDict

from service.errors import Invalid
from service.events.filling import unfilled
from service.events.models import Category, EventStage
from service.events.wishes import Affected, Automation, EventWish, Recurrence, UpdateWish
from service.pages.models import Page, State
from service.publications.plans import Plan
from service.publications.terms import Terms
from service.web.clocks import on_clock
from service.web.forms import parse_form
from service.web.parsing import Line, LocalisedLine, LocalisedProse, Slug

_Moment = Annotated[str, Line(32, least=0)]


class UpdateForm(BaseModel):
    """One dated word about an event."""

    model_config = ConfigDict(extra="ignore")

    body: LocalisedProse
    stage: EventStage
    starts_at: _Moment = ""
    ends_at: _Moment = ""
    next_update_at: _Moment = ""
    publish_at: _Moment = ""
    silent: bool = False

    def update_wish(self, page: Page, form: MultiDict[str, str]) -> UpdateWish:
        """Return what is wished for; raises `Invalid`."""
        given = {
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "next_update_at": self.next_update_at,
            "publish_at": self.publish_at,
        }
        at = {key: _instant(page.timezone, key, text) for key, text in given.items()}
        plan = Plan.model_validate({"not_before": at["publish_at"]}) if at["publish_at"] else None
        return UpdateWish(
            body=self.body,
            stage=self.stage,
            components=affected(form),
            starts_at=at["starts_at"],
            ends_at=at["ends_at"],
            next_update_at=at["next_update_at"],
            terms=Terms(plan=plan),
            is_silent=self.silent,
        )


class EventForm(UpdateForm):
    """A new event with its first word."""

    page: Slug
    category: Category
    title: LocalisedLine
    lists: list[Slug] = Field([], max_length=20)
    starts_itself: bool = False
    ends_itself: bool = False
    tells_start: bool = False
    tells_end: bool = False
    tells_before: bool = False
    repeats: Annotated[str, Line(60, least=0)] = ""
    rule: Annotated[str, Line(200, least=0)] = ""
    ahead_days: Annotated[int, Field(ge=0, le=90)] = 7

    def wish(self, page: Page, form: MultiDict[str, str]) -> EventWish:
        """Return what is wished for; raises `Invalid`."""
        return EventWish(
            page=self.page,
            category=self.category,
            title=self.title,
            first=self.update_wish(page, form),
            lists=tuple(self.lists),
            automation=Automation(
                self.starts_itself,
                self.ends_itself,
                self.tells_start,
                self.tells_end,
                self.tells_before,
            ),
            recurrence=self._recurrence(),
        )

    def _recurrence(self) -> Recurrence | None:
        rule = self.rule or self.repeats
        return Recurrence(rule, self.ahead_days) if rule else None


def read_event(page: Page, form: MultiDict[str, str]) -> EventWish:
    """Return the event that *form* wishes for; raises `Invalid`, also for fields left open."""
    wish = parse_form(EventForm, form).wish(page, form)
    if faults := list(unfilled(wish.title, wish.first.body)):
        raise Invalid(faults)
    return wish


def read_update(page: Page, form: MultiDict[str, str]) -> UpdateWish:
    """Return the update that *form* wishes for; raises as `read_event`."""
    wish = parse_form(UpdateForm, form).update_wish(page, form)
    if faults := list(unfilled({}, wish.body)):
        raise Invalid(faults)
    return wish


def affected(form: MultiDict[str, str]) -> tuple[Affected, ...]:
    """Return the services that fields such as `state.webmail` speak of."""
    return tuple(
        Affected(key.removeprefix("state."), State(value))
        for key, value in form.items()
        if key.startswith("state.") and value in set(State)
    )


def _instant(zone: str, field: str, text: str) -> datetime | None:
    return on_clock(zone, field, text) if text else None
