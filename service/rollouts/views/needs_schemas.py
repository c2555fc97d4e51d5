"""How programs read and say what rollouts wait for, and write corrections."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.publications.dependencies import Slug
from service.rollouts.acknowledging import Word
from service.rollouts.depending import Unmet
from service.rollouts.models import Acknowledgement, Freeze, Rollout
from service.web.parsing import Flag, Prose


class WordIn(BaseModel):
    """What a team says of a rollout."""

    model_config = ConfigDict(extra="forbid")

    team: Slug = Field(description="Such as support, network or security.")
    ready: Flag
    comment: Annotated[str, Prose(2000, 0)] = ""

    def word(self) -> Word:
        """Return it as actions take it."""
        return Word(self.team, self.ready, self.comment)


class WordOut(BaseModel):
    """The newest word of a team."""

    team: str
    ready: bool
    comment: str
    at: datetime
    by: str


class UnmetOut(BaseModel):
    """A dependency that is not given, and why."""

    name: str
    why: str


class NeedsOut(BaseModel):
    """What a rollout waits for, what teams have said, what a person did without."""

    missing: list[UnmetOut]
    said: list[WordOut]
    waived: list[str]


class FreezeOut(BaseModel):
    """A period of the calendar."""

    id: str
    name: str
    starts_at: datetime
    ends_at: datetime
    lifted_at: datetime | None


class FreezesOut(BaseModel):
    """The calendar."""

    freezes: list[FreezeOut]


def needs_out(
    missing: Sequence[Unmet], words: Sequence[Acknowledgement], rollout: Rollout
) -> NeedsOut:
    """Return what a rollout waits for as programs read it."""
    return NeedsOut(
        missing=[UnmetOut(name=each.name, why=each.why) for each in missing],
        said=[
            WordOut(
                team=each.team,
                ready=each.is_ready,
                comment=each.comment,
                at=each.at,
                by=each.by,
            )
            for each in words
        ],
        waived=list(rollout.waived or ()),
    )


def freeze_out(row: Freeze) -> FreezeOut:
    """Return *row* as programs read it."""
    return FreezeOut(
        id=row.public_id,
        name=row.name,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        lifted_at=row.lifted_at,
    )
