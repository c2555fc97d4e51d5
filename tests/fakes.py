"""Stand-ins that keep the contract of the real thing (never mocks of ours)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from channels.base import Address, Message, Outcome, Parcel, Reason, Result, Scope, Traits
from service.queue import Job

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that moves only when told to."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@dataclass
class Queue:
    """Remembers jobs instead of running them."""

    jobs: list[Job] = field(default_factory=list)

    def put(self, jobs: Iterable[Job]) -> None:
        self.jobs.extend(jobs)


BULK = Traits(bulk=True, repeatable=False, batch=50, per_lane=8)


@dataclass
class Postman:
    """A push channel that keeps what it is given; `answers` decides what came of it, by address."""

    traits: Traits = BULK
    answers: dict[str, tuple[Result, Scope, Reason]] = field(default_factory=dict)
    delivered: list[Parcel] = field(default_factory=list)

    def parse_address(self, raw: str) -> Address:
        return Address(raw.lower(), raw, "…" + raw[-8:], raw.rpartition("@")[2])

    def render(self, message: Message, locale: str, zone: str) -> Any:
        return (message.id, locale, zone)

    def send(self, parcels: Sequence[Parcel], deadline: float) -> Iterator[Outcome]:
        for parcel in parcels:
            result, scope, reason = self.answers.get(
                parcel.address.key, (Result.SENT, Scope.ADDRESS, Reason.ACCEPTED)
            )
            if result is Result.SENT:
                self.delivered.append(parcel)
            yield Outcome(parcel, result, scope, reason)

    def close(self) -> None:
        pass
