"""A service that dies where a test says: between any two things that others can see."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from channels.base import Outcome, Parcel, Reason, Result, Scope
from service.db.unit_of_work import UnitOfWork
from service.runtime import Runtime
from tests.fakes import Postman


class Killed(BaseException):
    """What kill -9 is to a process: nothing of ours may catch it."""


@dataclass
class Life:
    """Counts the points at which it may end; the clock of a bomb."""

    left: int | None = None
    end: Callable[[], BaseException] = Killed

    def point(self) -> None:
        """Pass one; raises `end` at the last."""
        if self.left is None:
            return
        self.left -= 1
        if self.left <= 0:
            self.left = None
            raise self.end()


@dataclass(frozen=True, slots=True)
class MortalRuntime(Runtime):
    """A runtime that may die right before and right after each commit."""

    life: Life = field(default_factory=Life)

    @contextmanager
    def work(self, by: str = "system") -> Iterator[UnitOfWork]:
        with Runtime.work(self, by) as uow:
            yield uow
            self.life.point()
        self.life.point()


@dataclass
class MortalPostman(Postman):
    """A channel that may die before, amid and after sending, and that others may act amid."""

    life: Life = field(default_factory=Life)
    watch: Callable[[Sequence[Parcel]], None] | None = None  # called before anything is sent
    amid: Callable[[], None] | None = None  # called once, when the first has been taken

    def send(self, parcels: Sequence[Parcel], deadline: float) -> Iterator[Outcome]:
        if self.watch:
            self.watch(parcels)
        self.life.point()
        for parcel in parcels:
            result, scope, reason = self.answers.get(
                parcel.address.key, (Result.SENT, Scope.ADDRESS, Reason.ACCEPTED)
            )
            if result in (Result.SENT, Result.UNKNOWN):
                self.delivered.append(parcel)
            if amid := self.amid:
                self.amid = None
                amid()
            if parcel is parcels[0]:
                self.life.point()
            yield Outcome(parcel, result, scope, reason)
        self.life.point()
