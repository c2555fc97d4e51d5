"""How programs decide and what they read of it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from service.publications.schemas import PublicationOut
from service.web.parsing import Prose

Comment = Annotated[str, Prose(2000, 0)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class VerdictIn(BaseModel):
    """A decision on what was read: *hash* is the publication's, as it was shown."""

    model_config = ConfigDict(extra="forbid")

    hash: Sha256
    comment: Comment = ""


class WithdrawIn(BaseModel):
    """Why it is taken back."""

    model_config = ConfigDict(extra="forbid")

    comment: Comment = ""


class PublicationDetailOut(PublicationOut):
    """A publication with the size of its audience and the rollout it leaves by."""

    audience: int = Field(description="How many addresses would get it now.")
    rollout: str | None = Field(description="Id of its rollout, once it is approved.")
