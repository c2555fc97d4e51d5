"""Forms that name instants on a page's clock, as `<input type="datetime-local">` writes them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict

from service.pages.actions import Correction
from service.pages.models import State
from service.web.clocks import on_clock
from service.web.parsing import Line, Prose


class StateForm(BaseModel):
    """What state a service is in, and why."""

    state: State
    comment: Annotated[str, Prose(2000, least=0)] = ""


class CorrectionForm(BaseModel):
    """What a service's state really was, from when to when, and why."""

    model_config = ConfigDict(extra="ignore")

    state: State
    starts_at: Annotated[str, Line(32)]
    ends_at: Annotated[str, Line(32)]
    reason: Annotated[str, Prose(2000)]

    def wish(self, zone: str) -> Correction:
        """Return what is wished for; raises `Invalid` for what is no time in *zone*."""
        return Correction(
            self.state,
            on_clock(zone, "starts_at", self.starts_at),
            on_clock(zone, "ends_at", self.ends_at),
            self.reason,
        )
