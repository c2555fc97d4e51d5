"""What a launch plan says, with its presets: one document that a file or a program can give."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from service.web.parsing import Flag, Instant, Language, Line, Number, Prose, Slug

Title = Annotated[str, Line(200, 0)]
Note = Annotated[str, Prose(4000, 0)]
Mail = Annotated[str, Line(320)]


class Side(StrEnum):
    """Whether a party belongs to the house."""

    INTERNAL = "internal"
    EXTERNAL = "external"


class Measure(StrEnum):
    """What a success criterion looks at when the rollout is over."""

    ACCEPTED_SHARE = "accepted_share"
    REFUSED_SHARE = "refused_share"
    UNCERTAIN_SHARE = "uncertain_share"
    HOURS = "hours"  # from the start to the end
    NO_GOS = "no_gos"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Party(_Part):
    """People to notify; a standby party is told only if trouble occurs."""

    key: Slug
    title: Title = ""
    side: Side = Side.INTERNAL
    is_standby: Flag = False
    contacts: tuple[Mail, ...] = Field((), max_length=20)
    language: Language | None = None  # what they read first; None: as the message's page


class Check(_Part):
    """Something to be done before approval; a blocking one must be done, or waived with a word."""

    key: Slug
    title: Title = ""
    is_blocking: Flag = True


class Risk(_Part):
    """What may go wrong, and what is done about it."""

    key: Slug
    title: Title = ""
    mitigation: Note = ""


class Criterion(_Part):
    """What success means: a measure between two bounds."""

    key: Slug
    title: Title = ""
    measure: Measure
    at_least: Number | None = None
    at_most: Number | None = None


PARTIES = tuple(
    Party(key=key, side=side, is_standby=standby)
    for key, side, standby in (
        ("customers", Side.EXTERNAL, False),
        ("partners", Side.EXTERNAL, False),
        ("application-teams", Side.INTERNAL, False),
        ("support", Side.INTERNAL, False),
        ("network", Side.INTERNAL, True),
        ("security", Side.INTERNAL, True),
        ("marketing", Side.INTERNAL, False),
        ("social-media", Side.INTERNAL, False),
        ("sales", Side.INTERNAL, False),
        ("customer-success", Side.INTERNAL, False),
    )
)
CHECKS = tuple(
    Check(key=key)
    for key in (
        "cut-over-and-rollback", "backups", "preparatory-data", "dns", "firewall",
        "monitoring-targets", "deployment",
    )
)  # fmt: skip
RISKS = tuple(
    Risk(key=key)
    for key in (
        "application-bug", "browser-settings", "network", "denial-of-service", "hosting", "load",
        "data-corruption", "security-flaw",
    )
)  # fmt: skip
CRITERIA = (
    Criterion(key="reached", measure=Measure.ACCEPTED_SHARE, at_least=0.95),
    Criterion(key="refused", measure=Measure.REFUSED_SHARE, at_most=0.05),
    Criterion(key="calm", measure=Measure.NO_GOS, at_most=0),
)


class LaunchPlan(_Part):
    """A launch; what is left out is preset."""

    slug: Slug
    title: Annotated[str, Line(200)]
    publication: Annotated[str, Field(pattern=r"^[a-z0-9]{12}$")] | None = None
    moment: Instant | None = None
    responsible: Title = ""
    backup: Title = ""
    mechanism: Note = ""
    dependencies: tuple[Annotated[str, Line(300)], ...] = Field((), max_length=30)
    interruption_from: Instant | None = None
    interruption_to: Instant | None = None
    seeds: tuple[Mail, ...] = Field((), max_length=20)
    parties: tuple[Party, ...] = Field(PARTIES, max_length=40)
    checks: tuple[Check, ...] = Field(CHECKS, max_length=40)
    risks: tuple[Risk, ...] = Field(RISKS, max_length=40)
    criteria: tuple[Criterion, ...] = Field(CRITERIA, max_length=20)

    @model_validator(mode="after")
    def _checked(self) -> Self:
        starts, ends = self.interruption_from, self.interruption_to
        if (starts is None) != (ends is None) or (starts and ends and ends <= starts):
            raise PydanticCustomError(
                "interruption", "interruption_to must be there, and after interruption_from"
            )
        for name in ("parties", "checks", "risks", "criteria"):
            keys = [each.key for each in getattr(self, name)]
            if len(set(keys)) < len(keys):
                raise ValueError(f"{name} must have different keys")
        return self

    def to_json(self) -> dict[str, Any]:
        """The plan as a document."""
        return self.model_dump(mode="json")
