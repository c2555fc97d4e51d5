"""The objects of Statuspage's exports: its read API (v2), its management API (v1), its CSV files.

Only what is taken over is named; everything else in them is left unread.
"""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from service.web.parsing import Line


def _nothing(value: Any) -> Any:
    return None if value == "" else value


def _ids(value: Any) -> Any:
    """Ids, however they are given: a list of them or of objects, or cells of a CSV file."""
    if isinstance(value, str):
        return value.replace(";", " ").replace(",", " ").split()
    if isinstance(value, list):
        return [each.get("id") if isinstance(each, dict) else each for each in value]
    return value or []


Word = Annotated[str, Line(200, least=0)]
Id = Annotated[str, Line(64)]
Ids = Annotated[tuple[Id, ...], BeforeValidator(_ids)]
Moment = Annotated[AwareDatetime | None, BeforeValidator(_nothing)]


class Shape(BaseModel):
    """An object of an export; what it says beyond is no fault."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class PageShape(Shape):
    """The page itself."""

    name: Annotated[str, Line(120)]
    time_zone: Word = ""


class ComponentShape(Shape):
    """A component, or a group of them (`group`; v1 gives groups apart, with their `components`)."""

    id: Id
    name: Annotated[str, Line(120)]
    description: str | None = None
    status: Word | None = None
    position: int | None = None
    group: bool = False
    group_id: Annotated[Id | None, BeforeValidator(_nothing)] = None
    components: Ids = ()
    start_date: Annotated[date | None, BeforeValidator(_nothing)] = None
    created_at: Moment = None


class ChangeShape(Shape):
    """What an update made of a component."""

    code: Id
    old_status: Word = ""
    new_status: Word


class UpdateShape(Shape):
    """One dated word."""

    id: Id
    status: Word
    body: str | None = None
    created_at: Moment = None
    display_at: Moment = None
    affected_components: list[ChangeShape] | None = None

    @property
    def at(self) -> datetime | None:
        """When the public read it."""
        return self.display_at or self.created_at


class IncidentShape(Shape):
    """An incident, or a maintenance where it is scheduled."""

    id: Id
    name: Annotated[str, Line(500)]
    impact: Word | None = None
    created_at: AwareDatetime
    started_at: Moment = None
    resolved_at: Moment = None
    scheduled_for: Moment = None
    scheduled_until: Moment = None
    scheduled_auto_in_progress: bool | None = None
    scheduled_auto_completed: bool | None = None
    components: Ids = ()
    incident_updates: list[UpdateShape] = Field(min_length=1)


class SubscriberShape(Shape):
    """Somebody, or something, that is told."""

    mode: Word = ""
    email: Word | None = None
    endpoint: Word | None = None
    phone_number: Word | None = None
    created_at: Moment = None
    quarantined_at: Moment = None
    page_access_user_id: Word | None = None
    components: Ids = ()
