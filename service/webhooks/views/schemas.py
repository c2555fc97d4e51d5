"""How programs and forms speak of endpoints."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from channels.webhook.catalogue import KINDS
from channels.webhook.formats import Format
from service.web.parsing import Instant, Line
from service.webhooks.actions import replaying, settings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Types = Annotated[list[Annotated[str, Line(60)]], Field(max_length=60)]


class ChangeIn(BaseModel):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    label: Annotated[str, Line(80)] | None = None
    format: Format | None = None
    watches: list[str] | None = Field(
        None, description=f"Operators' own events to be told of: {', '.join(settings.WATCHABLE)}."
    )

    def wish(self) -> settings.Wish:
        """Return it as actions take it."""
        watches = None if self.watches is None else tuple(self.watches)
        return settings.Wish(self.label, self.format, watches)


class LookForm(BaseModel):
    """How an endpoint is called and told."""

    model_config = ConfigDict(extra="ignore")

    label: Annotated[str, Line(80)] = ""
    format: Annotated[str, Line(20)]


class RotateIn(BaseModel):
    """How long the older secret goes on signing."""

    model_config = ConfigDict(extra="ignore")

    overlap_hours: int = Field(24, ge=0, le=168)

    def overlap(self) -> timedelta:
        """Return it as a span."""
        return timedelta(hours=self.overlap_hours)


class TestIn(BaseModel):
    """Which example to send."""

    model_config = ConfigDict(extra="ignore")

    type: Literal[tuple(KINDS)] = "endpoint.test"  # type: ignore[valid-type]


class ReplayIn(BaseModel):
    """What to tell again."""

    model_config = ConfigDict(extra="ignore")

    since: Instant
    until: Instant | None = Field(None, description="Default: now.")
    which: replaying.Which = replaying.Which.MISSING
    types: Types = []
    dry_run: Annotated[bool, Field(description="Only count.")] = False

    def wish(self, now: datetime) -> replaying.Wish:
        """Return it as actions take it."""
        return replaying.Wish(self.since, self.until or now, self.which, tuple(self.types))


class VerifyIn(BaseModel):
    """What somebody's own code made of a delivery."""

    model_config = ConfigDict(extra="ignore")

    id: Annotated[str, Line(200)]
    timestamp: Annotated[str, Line(20)]
    signature: Annotated[str, Line(2000)]
    body: str = Field(max_length=200_000)


class AttemptsQuery(BaseModel):
    """Where in the log to read."""

    model_config = ConfigDict(extra="ignore")

    before: int | None = Field(None, ge=1, le=2**63 - 1)


class StreamQuery(BaseModel):
    """Where in the stream to read."""

    model_config = ConfigDict(extra="forbid")

    after: str = Field(
        "0.0", pattern=r"^[0-9]{1,17}\.-?[0-9]{1,18}$", description="The `next` of the page before."
    )
    limit: int = Field(100, ge=1, le=500)

    def place(self) -> tuple[datetime, int]:
        """Return it as queries take it."""
        microseconds, _, number = self.after.partition(".")
        return EPOCH + timedelta(microseconds=int(microseconds)), int(number)


def place_of(started_at: datetime, number: int) -> str:
    """Return what `StreamQuery.after` is to be for what follows."""
    return f"{(started_at - EPOCH) // timedelta(microseconds=1)}.{number}"


class SettingsOut(BaseModel):
    """An endpoint and how it does."""

    id: str
    url: str
    label: str
    state: Literal["pending", "active", "degraded", "suspended", "paused", "gone"]
    format: Format
    watches: list[str]
    failures: int = Field(description="In a row.")
    failing_since: datetime | None
    succeeded_at: datetime | None
    old_secret_until: datetime | None
    waiting: int = Field(description="Tests and replays that have not left.")


class SecretOut(BaseModel):
    """A new secret: shown this once."""

    secret: str
    old_secret_until: datetime | None


class SentOut(BaseModel):
    """What was put in the outbox."""

    id: str = Field(description="The `webhook-id` it will have.")


class ReplayedOut(BaseModel):
    """What a replay comes to."""

    count: int
    dry_run: bool
    types: dict[str, int]


class AttemptOut(BaseModel):
    """One attempt, as it went over the wire."""

    number: int
    id: str = Field(description="The `webhook-id`.")
    type: str
    attempt: int
    at: datetime
    result: str
    reason: str
    detail: str
    request: dict[str, str]
    sent: str
    status: int
    headers: dict[str, str]
    body: str
    address: str = Field(description="What the name resolved to.")
    timings: dict[str, float] = Field(description="Seconds until each step ended.")
    next_at: datetime | None
    why: str


class AttemptsOut(BaseModel):
    """A page of the log, newest first."""

    attempts: list[AttemptOut]
    next: str | None = Field(description="The address of the older ones.")


class KindNameOut(BaseModel):
    """A type of event."""

    type: str
    description: str
    for_operators: bool
    schema_url: str


class KindsOut(BaseModel):
    """The types there are."""

    types: list[KindNameOut]


class KindOut(BaseModel):
    """A type of event with its schema and an example in each format."""

    type: str
    description: str
    for_operators: bool
    json_schema: dict[str, Any]
    examples: dict[str, Any]


class StreamOut(BaseModel):
    """What was published, oldest first."""

    events: list[dict[str, Any]]
    next: str = Field(description="Give this as `after` to go on; the same while nothing is new.")
