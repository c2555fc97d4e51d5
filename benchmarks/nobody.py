"""A service whose mail goes to nobody: what is measured is the engine alone."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.services import service
from channels.base import Message, Outcome, Parcel, Reason, Result, Scope, Traits
from channels.registry import Registry
from service.publications.plans import Gate, Plan
from service.queue import Actor
from service.runtime import Runtime
from service.worker import jobs
from tests.fakes import Postman

AT_ONCE = Plan(windows=(), growth={"kind": "percent", "steps": [100]}, gate=Gate(min_bake=0))
ALL_DAY = ({"days": [0, 1, 2, 3, 4, 5, 6], "start": "00:00", "end": "00:00"},)


AS_EMAIL = Traits(bulk=True, repeatable=False, batch=50, per_lane=100)


@dataclass
class Nobody(Postman):
    """Takes everything at once and forgets it; says when it has had *most*."""

    traits: Traits = AS_EMAIL
    taken: int = 0
    most: int | None = None
    full: Callable[[], object] = bool

    def render(self, message: Message, locale: str, zone: str) -> Any:
        return (message.id, locale, zone)

    def send(self, parcels: Sequence[Parcel], deadline: float) -> Iterator[Outcome]:
        self.taken += len(parcels)
        for parcel in parcels:
            yield Outcome(parcel, Result.SENT, Scope.ADDRESS, Reason.ACCEPTED)
        if self.most is not None and self.taken >= self.most:
            self.full()


@contextmanager
def engine(url: str, folder: Path, **settings: Any) -> Iterator[tuple[Runtime, Nobody]]:
    """A runtime on the database at *url* whose mail goes to nobody."""
    sink = Nobody()
    with service(url, 9, folder) as parts:
        rt = replace(
            parts.runtime,
            channels=Registry({"email": sink}, {}, {}),
            settings=parts.runtime.settings.model_copy(update=settings),
        )
        yield rt, sink


def plan(rt: Runtime, rollout_id: int) -> None:
    """Plan a rollout and let what is due be ready."""
    jobs(rt)[Actor.PLAN](str(rollout_id))


def options(doc: str | None, people: int) -> argparse.ArgumentParser:
    """The options that these benchmarks share."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--people", type=int, default=people)
    parser.add_argument("--postgresql", default="", help="URL of a server to use instead of ours")
    return parser
