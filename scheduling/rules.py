"""What a plan says about time: windows, quiet hours, blackouts, not-before and expiry."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from scheduling.plan_fields import (
    BadField,
    clock,
    day,
    instant,
    listing,
    must_be_utc,
    table,
    whole,
)

EVERY_DAY = frozenset(range(7))
"""Monday is 0, as in `date.weekday`."""

Span = tuple[timedelta, timedelta]
"""A part [start, end) of a local day, counted from midnight by the wall clock."""

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The times [start, end) of the local *days* (0 is Monday), to the minute.

    An end not after the start belongs to the next morning: Friday 22:00 to 06:00 is Friday
    from 22:00 and Saturday until 06:00. An end of 00:00 is the midnight that ends the day.
    """

    days: frozenset[int]
    start: time
    end: time

    def __post_init__(self) -> None:
        if not self.days or not self.days <= EVERY_DAY:
            raise BadField("days", "must be some of 0 (Monday) to 6")
        _must_be_minutes(self.start, "start")
        _must_be_minutes(self.end, "end")

    @classmethod
    def from_plan(cls, raw: object, field: str) -> "Window":
        """Read {"days": [0, 1], "start": "09:00", "end": "20:00"}; *field* is its path."""
        plan = table(raw, field, ("days", "start", "end"))
        days = listing(plan.get("days"), f"{field}/days")
        numbers = frozenset(whole(number, f"{field}/days") for number in days)
        if not numbers or not numbers <= EVERY_DAY:
            raise BadField(f"{field}/days", "must be some of 0 (Monday) to 6")
        return cls(
            numbers,
            clock(plan.get("start"), f"{field}/start"),
            clock(plan.get("end"), f"{field}/end"),
        )

    def to_plan(self) -> dict[str, object]:
        """The JSON that `from_plan` reads."""
        return {
            "days": sorted(self.days),
            "start": self.start.isoformat("minutes"),
            "end": self.end.isoformat("minutes"),
        }

    def spans(self) -> Iterator[tuple[int, Span]]:
        """Yield (weekday, span), a window past midnight as its evening and its morning."""
        start, end = _since_midnight(self.start), _since_midnight(self.end)
        for weekday in self.days:
            if start < end:
                yield weekday, (start, end)
                continue
            yield weekday, (start, _ONE_DAY)
            if end:
                yield (weekday + 1) % 7, (timedelta(0), end)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The times [start, end) of every local day at which a recipient wants peace.

    An end not after the start belongs to the next morning, as for a window; equal times are
    refused, since nobody could ever be written to.
    """

    start: time
    end: time

    def __post_init__(self) -> None:
        _must_be_minutes(self.start, "start")
        _must_be_minutes(self.end, "end")
        if self.start == self.end:
            raise BadField("end", "must differ from the start")

    def spans(self) -> Iterator[tuple[int, Span]]:
        """Yield (weekday, span), as a window does."""
        return Window(EVERY_DAY, self.start, self.end).spans()


@dataclass(frozen=True, slots=True)
class Rule:
    """When messages of one plan may arrive. Without windows any hour will do.

    *blackouts* are local dates of the recipient; *not_before* and *expires* are instants in UTC,
    the first allowed, the second not.
    """

    windows: tuple[Window, ...] = ()
    blackouts: frozenset[date] = frozenset()
    not_before: datetime | None = None
    expires: datetime | None = None

    def __post_init__(self) -> None:
        for field, moment in (("not_before", self.not_before), ("expires", self.expires)):
            if moment is not None:
                must_be_utc(moment, field)
        if self.not_before and self.expires and self.expires <= self.not_before:
            raise BadField("expires", "must be after not_before")

    @classmethod
    def from_plan(cls, raw: object) -> "Rule":
        """Read the plan's JSON; each field may be left out. Raises BadField, a ValueError.

        {"windows": [{"days": [0], "start": "09:00", "end": "20:00"}], "blackouts": ["2026-12-25"],
        "not_before": "2026-11-24T08:00:00Z", "expires": "2026-12-01T00:00:00Z"}
        """
        plan = table(raw, "plan", ("windows", "blackouts", "not_before", "expires"))
        windows = listing(plan.get("windows", ()), "windows")
        blackouts = listing(plan.get("blackouts", ()), "blackouts")
        return cls(
            tuple(Window.from_plan(each, f"windows/{i}") for i, each in enumerate(windows)),
            frozenset(day(each, f"blackouts/{i}") for i, each in enumerate(blackouts)),
            *(
                None if plan.get(field) is None else instant(plan[field], field)
                for field in ("not_before", "expires")
            ),
        )

    def to_plan(self) -> dict[str, object]:
        """The JSON that `from_plan` reads; the same rule always gives the same bytes."""
        plan: dict[str, object] = {
            "windows": [window.to_plan() for window in self.windows],
            "blackouts": [day.isoformat() for day in sorted(self.blackouts)],
        }
        for field, moment in (("not_before", self.not_before), ("expires", self.expires)):
            if moment is not None:
                plan[field] = moment.isoformat()
        return plan

    def life(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """What not-before and expiry leave of [start, end); empty if it ends before it starts."""
        return max(start, self.not_before or start), min(end, self.expires or end)

    def alive(self, instant: datetime) -> bool:
        """Whether *instant* is neither before not-before nor at or after expiry."""
        begun = self.not_before is None or self.not_before <= instant
        return begun and (self.expires is None or instant < self.expires)


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute)


def _must_be_minutes(clock: time, field: str) -> None:
    if clock.second or clock.microsecond or clock.tzinfo:
        raise BadField(field, "must be a local time of day in whole minutes")
