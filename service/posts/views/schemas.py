"""How programs write messages to lists."""

from pydantic import BaseModel, Field

from service.posts.wishes import PostWish
from service.publications.schemas import PublicationOut, TermsIn, WarningOut
from service.web.parsing import LocalisedLine, LocalisedProse


class PostIn(TermsIn):
    """A message to a list's members."""

    title: LocalisedLine = Field(description="By language.")
    body: LocalisedProse = Field(description="Markdown without HTML, by language.")

    def wish(self) -> PostWish:
        """Return what is wished for, as actions take it."""
        return PostWish(self.title, self.body, self.terms())


class PostedOut(BaseModel):
    """What was stored and now waits for a moderator."""

    publication: PublicationOut
    audience: int = Field(description="How many addresses would get it now.")
    warnings: list[WarningOut]
