"""How programs decide and what they read of it."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from service.moderation.shelves import Search, Shelf
from service.publications.models import PublicationState
from service.publications.schemas import PublicationOut
from service.web.parsing import Instant, Line, Prose

Comment = Annotated[str, Prose(2000, 0)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class VerdictIn(BaseModel):
    """A decision on what was read: *hash* is the publication's, as it was shown."""

    model_config = ConfigDict(extra="forbid")

    hash: Sha256
    comment: Comment = ""


class ApproveIn(VerdictIn):
    """An approval, and for how long it can be taken back before anything leaves."""

    undo_minutes: float = Field(
        0, ge=0, le=5, description="The plan's own, or another approver's, holds where longer."
    )


class DeferIn(VerdictIn):
    """A decision put off."""

    until: Instant = Field(description="Nobody is reminded before; at most 7 days ahead.")


class DeferForm(VerdictIn):
    """The same from the console: in how many hours."""

    hours: Annotated[int, Field(ge=1, le=24 * 6)]

    @property
    def wait(self) -> timedelta:
        """How long."""
        return timedelta(hours=self.hours)


class TestForm(VerdictIn):
    """To whom a test goes."""

    to: list[Annotated[str, Line(254)]] = Field(default=[])


class WithdrawIn(BaseModel):
    """Why it is taken back."""

    model_config = ConfigDict(extra="forbid")

    comment: Comment = ""


class SearchQuery(BaseModel):
    """What somebody wants to see of the queue."""

    model_config = ConfigDict(extra="ignore")

    shelf: Shelf = Shelf.WAITING
    category: Annotated[str, Line(32, 0)] = ""
    target: Annotated[str, StringConstraints(pattern=r"^((page|list):\d{1,9})?$")] = ""
    words: Annotated[str, Line(100, 0)] = ""
    state: PublicationState | None = None
    before: Annotated[str, Line(32, 0)] = ""

    def search(self) -> Search:
        """Return what is searched for."""
        return Search(
            self.shelf, self.category, self.target, self.words, self.state or "", self.before
        )


class PublicationsQuery(BaseModel):
    """Which publications, from where on."""

    model_config = ConfigDict(extra="forbid")

    state: PublicationState | None = None
    mine: Annotated[bool, Field(description="Only what this key submitted.")] = False
    after: Annotated[str, Line(32, 0)] = Field("", description="Id of the last one seen.")
    limit: int = Field(50, ge=1, le=200)


class PublicationDetailOut(PublicationOut):
    """A publication with the size of its audience and the rollout it leaves by."""

    audience: int = Field(description="How many addresses would get it now.")
    rollout: str | None = Field(description="Id of its rollout, once it is approved.")
    approvals: int = Field(description="How many have approved it so far.")
    held_until: Instant | None = Field(description="Its decision was put off until then.")


class PublicationsOut(BaseModel):
    """Publications, newest first; `next` is the `after` of the next page, null at the end."""

    publications: list[PublicationOut]
    next: str | None
