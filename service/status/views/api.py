"""The public site's look-up for programs."""

from datetime import datetime
from typing import Annotated

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from service.errors import NotFound
from service.pages import queries as pages
from service.pages.models import State
from service.status.touched import look_up
from service.status.views.finding import outside
from service.web.callers import public
from service.web.context import runtime
from service.web.parsing import Instant

api = APIBlueprint("status_api", __name__, url_prefix="/api/v1/pages", tag="Pages")


class TouchedQuery(BaseModel):
    """Which instant."""

    model_config = ConfigDict(extra="forbid")

    at: Annotated[Instant, Field(description="Not after now.")]


class WhileOut(BaseModel):
    """An event that was under way."""

    id: str
    category: str
    title: dict[str, str]
    starts_at: datetime
    ended_at: datetime | None
    url: str


class TouchedOut(BaseModel):
    """How a component was at an instant; `state` null: nothing is known of that time."""

    component: str
    at: datetime
    touched: bool = Field(description="Not operational, or part of an event.")
    state: State | None
    since: datetime | None
    until: datetime | None = Field(description="Null while it lasts.")
    events: list[WhileOut]


@api.get("/<slug:page>/components/<component>/touched")
@api.input(TouchedQuery, location="query")
@api.output(TouchedOut)
@api.doc(summary="Was a component touched at an instant?")
@public
def touched(page: str, component: str, query_data: TouchedQuery) -> TouchedOut:
    """From the log of states, corrections included, and the events under way."""
    rt = runtime()
    with rt.read() as session:
        found = pages.page_by_slug(session, page)
        it = pages.component_named(session, found.id, component) if found else None
        if found is None or it is None:
            raise NotFound(f"there is no component {component} on a page {page}")
        finding = look_up(session, it, query_data.at, rt.clock())
        return TouchedOut(
            component=it.slug,
            at=finding.at,
            touched=finding.was_touched,
            state=finding.state,
            since=finding.since,
            until=finding.until,
            events=[
                WhileOut(
                    id=story.event.public_id,
                    category=story.event.category,
                    title=story.event.title,
                    starts_at=story.begins,
                    ended_at=story.ended,
                    url=outside(found, f"/events/{story.event.public_id}"),
                )
                for story in finding.stories
            ],
        )
