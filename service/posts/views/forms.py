"""Messages as people write them in the console."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.posts.wishes import PostWish
from service.publications.models import Urgency
from service.publications.plans import Plan
from service.publications.schemas import UrgencyName
from service.publications.terms import Terms
from service.web.clocks import on_clock
from service.web.parsing import Line, LocalisedLine, LocalisedProse


class ComposeForm(BaseModel):
    """A message to a list."""

    model_config = ConfigDict(extra="ignore")

    title: LocalisedLine
    body: LocalisedProse
    urgency: UrgencyName = "normal"
    not_before: Annotated[str, Line(32, 0)] = Field("", description="On the list's own clock.")

    def wish(self, zone: str) -> PostWish:
        """Return what is wished for; raises `Invalid` for what is no time in *zone*."""
        plan = (
            Plan(not_before=on_clock(zone, "not_before", self.not_before))
            if self.not_before
            else None
        )
        return PostWish(self.title, self.body, Terms(plan, Urgency[self.urgency.upper()]))
