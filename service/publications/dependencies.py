"""What a rollout waits for before it starts, and needs as long as it grows."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

_MILESTONE = re.compile(r"started|completed|stage:[1-9][0-9]?|percent:(?:100|[1-9][0-9]?)")
PublicId = Annotated[str, Field(pattern=r"^[a-z0-9]{12}$")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")]


def _milestone(text: str) -> str:
    if not _MILESTONE.fullmatch(text):
        raise ValueError("is not a milestone; use started, stage:2, percent:50 or completed")
    return text


class _Needed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RolloutNeeded(_Needed):
    """Another rollout must have got as far as *milestone*: `stage:2` is that stage passed."""

    kind: Literal["rollout"]
    rollout: PublicId
    milestone: Annotated[str, AfterValidator(_milestone)] = "completed"

    @property
    def name(self) -> str:
        """What it is called in decisions; an override names it."""
        return f"rollout:{self.rollout}:{self.milestone}"


class TeamNeeded(_Needed):
    """A team must have said that it is ready for this rollout."""

    kind: Literal["team"]
    team: Slug

    @property
    def name(self) -> str:
        """What it is called in decisions."""
        return f"team:{self.team}"


class ComponentNeeded(_Needed):
    """No open incident may make a component worse than *at_worst*."""

    kind: Literal["component"]
    page: Slug
    component: Slug
    at_worst: Literal["operational", "maintenance", "minor_disruption"] = "minor_disruption"

    @property
    def name(self) -> str:
        """What it is called in decisions."""
        return f"component:{self.page}/{self.component}"


Needed = RolloutNeeded | TeamNeeded | ComponentNeeded


class Dependencies(_Needed):
    """All that must be given; a rollout that is urgent does not ask the freeze calendar."""

    needs: tuple[Annotated[Needed, Field(discriminator="kind")], ...] = Field((), max_length=30)
    observes_freezes: bool = True

    @model_validator(mode="after")
    def _different(self) -> Self:
        names = [each.name for each in self.needs]
        if len(set(names)) < len(names):
            raise ValueError("the same dependency is named twice")
        return self
