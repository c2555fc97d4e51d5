"""How programs write the terms of a publication, and how they read it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from channels.base import Message
from service.errors import Fault
from service.publications.actions import Draft
from service.publications.freezing import thaw
from service.publications.models import Publication, Urgency
from service.publications.plans import Plan
from service.publications.terms import Terms
from service.web.parsing import Instant

UrgencyName = Literal["digestable", "normal", "important", "critical"]


class TermsIn(BaseModel):
    """How it is to leave; what is left out comes from the defaults of its kind."""

    model_config = ConfigDict(extra="forbid")

    plan: Plan | None = Field(None, description="Schedule, growth and gates of the rollout.")
    urgency: UrgencyName | None = Field(
        None, description="important ignores caps; critical also windows and quiet hours."
    )
    expires_at: Instant | None = Field(None, description="Nothing leaves from here on.")

    def terms(self) -> Terms:
        """Return what was asked for, as actions take it."""
        urgency = Urgency[self.urgency.upper()] if self.urgency else None
        return Terms(self.plan, urgency, self.expires_at)


class TryQuery(BaseModel):
    """Whether to act or only to tell what would happen."""

    model_config = ConfigDict(extra="forbid")

    validate_only: Annotated[bool, Field(alias="validate", description="Store nothing.")] = False


class WarningOut(BaseModel):
    """Something to look at that refuses nothing."""

    pointer: str
    detail: str
    code: str


class TextOut(BaseModel):
    """The words of a message in one language."""

    title: str
    body: str


class PublicationOut(BaseModel):
    """Frozen content with its audience, plan and hash, and what became of it."""

    id: str
    state: str
    revision: int
    hash: str = Field(description="What an approval is bound to.")
    subject: str
    sequence: int
    type: str
    category: str
    severity: str
    urgency: str
    texts: dict[str, TextOut]
    plan: dict[str, Any]
    submitted_by: str
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    decided_by: str
    comment: str
    started_at: datetime | None = Field(description="From here on, pages and feeds show it.")


class TriedOut(BaseModel):
    """What would happen: nothing was stored."""

    valid: Literal[True] = True
    audience: Annotated[int, Field(description="How many addresses would get it now.")]
    severity: str
    stage: str
    urgency: str
    texts: dict[str, TextOut]
    plan: dict[str, Any]
    expires_at: datetime
    warnings: list[WarningOut]


def hash_named(if_match: str | None) -> str | None:
    """Return the hash that an `If-Match` header names, None for whatever it is."""
    if if_match is None or if_match.strip() == "*":
        return None
    return if_match.strip().removeprefix("W/").strip('"')


def tried_out(draft: Draft, reach: int, warnings: tuple[Fault, ...]) -> TriedOut:
    """Return what would happen if *draft* were held, as programs read it."""
    message = draft.message
    return TriedOut(
        audience=reach,
        severity=message.severity,
        stage=message.stage,
        urgency=draft.urgency.name.lower(),
        texts=_texts(message),
        plan=draft.plan.to_json(),
        expires_at=draft.expires_at,
        warnings=warnings_out(warnings),
    )


def warnings_out(warnings: tuple[Fault, ...]) -> list[WarningOut]:
    """Return *warnings* as programs read them."""
    return [WarningOut(**warning._asdict()) for warning in warnings]


def publication_out(publication: Publication) -> PublicationOut:
    """Return *publication* as programs read it."""
    message = thaw(publication.content)
    return PublicationOut(
        id=publication.public_id,
        state=publication.state,
        revision=publication.revision,
        hash=publication.hash,
        subject=publication.subject,
        sequence=publication.sequence,
        type=message.type,
        category=publication.category,
        severity=message.severity,
        urgency=Urgency(publication.urgency).name.lower(),
        texts=_texts(message),
        plan=publication.plan,
        submitted_by=publication.submitted_by,
        created_at=publication.created_at,
        expires_at=publication.expires_at,
        decided_at=publication.decided_at,
        decided_by=publication.decided_by,
        comment=publication.comment,
        started_at=publication.started_at,
    )


def _texts(message: Message) -> dict[str, TextOut]:
    return {
        language: TextOut(title=text.title, body=text.body)
        for language, text in message.texts.items()
    }
