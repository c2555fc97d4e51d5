"""What programs ask and read of single recipients."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.rollouts.explaining import Account, Explanation
from service.rollouts.proving import Format
from service.web.parsing import Line


class ExplainQuery(BaseModel):
    """Whom to look for."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, Line(500)]
    channel: Annotated[str, Line(40)] | None = Field(None, description="Default: any.")


class ProofQuery(BaseModel):
    """In which form, and whether addresses are whole."""

    model_config = ConfigDict(extra="forbid")

    format: Format = Format.JSONL
    addresses: Literal["masked", "whole"] = "masked"


class WaveOfOut(BaseModel):
    """One occurrence of their window."""

    due_at: datetime
    close_at: datetime | None
    state: str


class AttemptOut(BaseModel):
    """One try and what the far side said."""

    attempt: int
    at: datetime
    result: str
    reason: str
    code: str
    answer: str
    reference: str


class EchoOut(BaseModel):
    """What came back after it was accepted."""

    kind: str
    at: datetime
    detail: str


class AccountOut(BaseModel):
    """A delivery and all that decided about it."""

    n: int
    state: str
    reason: str
    rules: list[dict[str, str]] = Field(description="Pages and lists whose subscription let it by.")
    timezone: str
    clock: str = Field(description="The zone whose hours counted.")
    chosen_language: str
    language: str
    rank: int = Field(description="-1: outside the ramp.")
    place: int | None = Field(description="Among those on the ramp.")
    stage: int | None
    stage_state: str | None
    schedule_class: int
    zones: list[str] = Field(description="Of the schedule class.")
    waves: list[WaveOfOut]
    opened_at: datetime | None
    opened_by: str | None = Field(description="The decision that opened the stage.")
    waits_until: datetime | None
    attempts: list[AttemptOut]
    echoes: list[EchoOut]


class ExplanationOut(BaseModel):
    """Why somebody did, or did not, get it."""

    rollout: str
    publication: str
    version: str = Field(description="Hash of what was approved.")
    channel: str
    address: str = Field(description="Masked.")
    sent_to: bool = Field(description="Whether it has a delivery, whatever came of it.")
    why_not: str | None = Field(description="As things are now, where it has none.")
    account: AccountOut | None


def explanation_out(found: Explanation) -> ExplanationOut:
    """Return the whole of it."""
    return ExplanationOut(
        rollout=found.rollout.public_id,
        publication=found.publication.public_id,
        version=found.publication.hash,
        channel=found.address.channel,
        address=found.address.shown,
        sent_to=found.account is not None,
        why_not=why_not(found),
        account=_account(found.account) if found.account else None,
    )


def why_not(found: Explanation) -> str | None:
    """Why an address has no delivery, in a word; None where it has one."""
    if found.account:
        return None
    if found.joined_after:
        return "joined_after"
    return found.standing.value if found.standing else "never_asked"


def _account(each: Account) -> AccountOut:
    who, stage, opened = each.recipient, each.stage, each.opened_by
    return AccountOut(
        n=who.n,
        state=who.state,
        reason=who.reason,
        rules=[{"kind": kind, **name} for kind, name in each.targets],
        timezone=who.timezone,
        clock=each.clock,
        chosen_language=who.locale,
        language=each.language,
        rank=who.rank,
        place=each.place,
        stage=stage.no if stage else None,
        stage_state=stage.state if stage else None,
        schedule_class=who.segment,
        zones=list(each.zones),
        waves=[
            WaveOfOut(due_at=one.due_at, close_at=one.close_at, state=one.state)
            for one in each.waves
        ],
        opened_at=opened.at if opened else None,
        opened_by=opened.kind if opened else None,
        waits_until=each.waits_until,
        attempts=[
            AttemptOut(
                attempt=one.attempt,
                at=one.at,
                result=one.result,
                reason=one.reason,
                code=one.code,
                answer=one.detail,
                reference=one.reference,
            )
            for one in each.attempts
        ],
        echoes=[EchoOut(kind=one.kind, at=one.at, detail=one.detail) for one in each.echoes],
    )
