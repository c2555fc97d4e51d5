"""An engine whose ticker looks after digests too."""

from dataclasses import dataclass, replace
from itertools import chain

import pytest

from channels.base import Parcel
from service.deliveries.models import SKIPPED
from service.deliveries.queries import outcomes
from service.deliveries.queries.outcomes import Row
from service.digests import actors
from service.publications.plans import Plan
from service.subscribers.models import Frequency, Subscriber
from tests.engine import Engine


@dataclass
class Press:
    """Somebody's digests, from messages skipped for them to the mail."""

    engine: Engine

    def readers(self, frequency: Frequency, *names: str) -> None:
        """People of these zones who follow one page and want a digest."""
        self.audience = self.engine.audience(*names)
        with self.engine.rt.work() as uow:
            for person in uow.session.query(Subscriber):
                person.frequency = frequency

    def skip(self, title: str = "event:x", reason: str = "digested") -> None:
        """Let everybody be skipped by a message, as those are who want a digest."""
        later = Plan(not_before=self.engine.clock.now.replace(year=2027))
        expires = self.engine.clock.now.replace(year=2028)
        name = self.engine.approve(replace(self.audience), later, subject=title, expires_at=expires)
        self.engine.run_jobs()
        rollout = self.engine.rollout(name)
        with self.engine.rt.work() as uow:
            rows = [Row(n, 1, SKIPPED, reason=reason) for n in range(1, rollout.size + 1)]
            outcomes.record(uow.session, rollout.id, rows, uow.now)

    def tick(self) -> None:
        self.engine.jobs.update(actors.jobs(self.engine.rt))
        for call in chain(actors.sweeps(self.engine.rt), actors.searches(self.engine.rt)):
            call()
        self.engine.run_jobs()

    def mails(self) -> list[Parcel]:
        return self.engine.postman.delivered


@pytest.fixture
def press(engine) -> Press:
    return Press(engine)
