"""A correction as people, programs and commands ask for it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.rollouts.correcting import CorrectionWish
from service.web.parsing import Flag, LocalisedLine, LocalisedProse, Prose


class RolloutCorrectionIn(BaseModel):
    """What is to be said to those who have the message, by language."""

    model_config = ConfigDict(extra="forbid")

    title: LocalisedLine
    body: LocalisedProse
    comment: Annotated[str, Prose(2000, 0)] = Field("", description="Why; kept, never sent.")
    abort: Flag = Field(
        default=False, description="End the rollout if it still runs; refused otherwise."
    )
    retract: Flag = Field(default=False, description="Take the message off pages and feeds.")

    def wish(self) -> CorrectionWish:
        """Return it as actions take it."""
        return CorrectionWish(self.title, self.body, self.comment, self.abort, self.retract)
