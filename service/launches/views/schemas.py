"""How programs read and steer launches."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from service.launches.reporting import Report
from service.launches.standing import Item, LaunchStanding, Seed
from service.web.parsing import Line, Prose


class WordIn(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    comment: Annotated[str, Prose(2000, 0)] = ""


class SeedIn(BaseModel):
    """Where the test was seen."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, Line(320)]


class CheckOut(BaseModel):
    """One line of the checklist."""

    key: str
    title: str
    is_blocking: bool
    is_found: bool = Field(description="Found out by itself; it can only be waived.")
    state: str
    by: str
    at: datetime | None
    comment: str


class SeedOut(BaseModel):
    """A test address, for the content as it is."""

    address: str
    sent_at: datetime | None
    has_arrived: bool
    acknowledged_at: datetime | None


class CriterionOut(BaseModel):
    """A success criterion, measured."""

    key: str
    measure: str
    at_least: float | None
    at_most: float | None
    value: float | None
    is_met: bool | None


class TroubleOut(BaseModel):
    """What went wrong, or what somebody said so of."""

    at: datetime
    kind: str
    by: str
    comment: str


class ReportOut(BaseModel):
    """The report; final once the rollout is over."""

    rollout: str | None
    started_at: datetime | None
    ended_at: datetime | None
    deliveries: dict[str, int] = Field(description="How many are where; empty before approval.")
    trouble: list[TroubleOut] = Field(description="What those on standby were told of.")
    is_final: bool
    is_success: bool | None
    criteria: list[CriterionOut]


class LaunchOut(BaseModel):
    """A launch as it is."""

    id: str
    plan: dict[str, Any]
    checks: list[CheckOut]
    seeds: list[SeedOut]
    done: int
    blocking: list[str] = Field(description="What still blocks approval.")


class LaunchesOut(BaseModel):
    """All of them, newest first."""

    launches: list[LaunchOut]


class TestedOut(BaseModel):
    """How many tests were sent."""

    sent: int


def launch_out(seen: LaunchStanding) -> LaunchOut:
    """Return the whole of it."""
    return LaunchOut(
        id=seen.launch.public_id,
        plan=seen.plan.to_json(),
        checks=[_check(each) for each in seen.items],
        seeds=[_seed(each) for each in seen.seeds],
        done=seen.done,
        blocking=list(seen.blocking),
    )


def report_out(found: Report) -> ReportOut:
    """Return the whole of it."""
    return ReportOut(
        rollout=found.rollout.public_id if found.rollout else None,
        started_at=found.rollout.started_at if found.rollout else None,
        ended_at=found.rollout.ended_at if found.rollout else None,
        deliveries=found.counts._asdict() if found.counts else {},
        trouble=[
            TroubleOut(at=each.at, kind=each.kind, by=each.by, comment=each.comment)
            for each in found.trouble
        ],
        is_final=found.is_final,
        is_success=found.is_success,
        criteria=[
            CriterionOut(
                key=line.criterion.key,
                measure=line.criterion.measure,
                at_least=line.criterion.at_least,
                at_most=line.criterion.at_most,
                value=line.value,
                is_met=line.is_met,
            )
            for line in found.lines
        ],
    )


def _check(each: Item) -> CheckOut:
    return CheckOut(
        key=each.key,
        title=each.title,
        is_blocking=each.is_blocking,
        is_found=each.is_found,
        state=each.state,
        by=each.mark.by if each.mark else "",
        at=each.mark.at if each.mark else None,
        comment=each.mark.comment if each.mark else "",
    )


def _seed(each: Seed) -> SeedOut:
    return SeedOut(
        address=each.address,
        sent_at=each.test.sent_at if each.test else None,
        has_arrived=each.has_arrived,
        acknowledged_at=each.test.acknowledged_at if each.test else None,
    )
