"""A whole engine in one thread: ticks and jobs run when a test says so, on a clock that is set."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import pytest

from channels.base import Message, Sender, Text, Traits
from channels.registry import Registry
from service.deliveries import actors as delivery_actors
from service.deliveries.models import DeliveryState
from service.deliveries.queries import accounts
from service.moderation import actions as moderation
from service.publications import actions as publications
from service.publications.actions import Draft
from service.publications.models import Publication, Purpose, Urgency
from service.publications.plans import Plan
from service.queue import Actor
from service.rollouts import actors as rollout_actors
from service.rollouts.models import OVER, Rollout
from service.rollouts.queries import states
from service.runtime import Runtime
from service.subscribers.audience import Audience
from tests.factories import a_page, a_subscriber, a_subscription, an_address, both
from tests.fakes import Clock, Postman, Queue


@dataclass
class Engine:
    """The parts of a running service that a test drives by hand."""

    rt: Runtime
    clock: Clock
    queue: Queue
    postman: Postman  # e-mail
    hooks: Postman  # webhooks
    jobs: dict[Actor, Callable[[str], None]] = field(default_factory=dict)

    def restart(self) -> None:
        """Forget what only a process knows."""
        self.jobs = {**delivery_actors.jobs(self.rt), **rollout_actors.jobs(self.rt)}

    def sweep(self) -> None:
        """Run every sweep and search once; what they announce waits."""
        for noun in (delivery_actors, rollout_actors):
            for call in chain(noun.sweeps(self.rt), noun.searches(self.rt)):
                call()

    def tick(self) -> None:
        """Run every sweep and search once, then every job there is."""
        self.sweep()
        self.run_jobs()

    def run_jobs(self) -> None:
        while self.queue.jobs:
            job = self.queue.jobs.pop(0)
            self.jobs[job.actor](job.subject)

    def play(self, hours: float, step_minutes: float = 30, until_over: str = "") -> None:
        """Let the plan's clock run, ticking as it goes, at most until that rollout is over."""
        for _ in range(int(hours * 60 / step_minutes)):
            self.tick()
            self.clock.advance(timedelta(minutes=step_minutes))
            if until_over and self.rollout(until_over).state in OVER:
                break
        self.tick()

    def audience(self, *zones: str, per_zone: int = 1) -> Audience:
        """A page followed by *per_zone* people in each of *zones*."""
        with self.rt.work() as uow:
            page = a_page(uow)
            for index in range(len(zones) * per_zone):
                zone = zones[index % len(zones)]
                address = an_address(uow, a_subscriber(uow, zone), f"p{index}@example.org")
                a_subscription(uow, address, page)
            return Audience(pages=(page.id,), category="announcement")

    def approve(self, audience: Audience, plan: Plan | None = None, **given: Any) -> str:
        """Hold and approve a message; return its rollout's public id."""
        with self.rt.work("staff:1") as uow:
            publication = publications.hold(uow, self.draft(audience, plan, **given))
            public_id, seen = publication.public_id, publication.hash
        with self.rt.work("staff:2") as uow:
            moderation.approve(uow, public_id, seen, "")
        with self.rt.read() as session:
            return self._rollout_of(session, public_id)

    def draft(self, audience: Audience, plan: Plan | None = None, **given: Any) -> Draft:
        return a_draft(audience, plan or Plan(), self.clock.now, **given)

    def rollout(self, public_id: str) -> Rollout:
        with self.rt.read() as session:
            found = states.by_public_id(session, public_id)
            assert found is not None
            return found

    def recount(self, public_id: str) -> dict[DeliveryState, int]:
        """The proof, which must agree with the counters."""
        rollout = self.rollout(public_id)
        with self.rt.read() as session:
            counted = dict(accounts.recount(session, rollout.id))
            standing = accounts.standing(session, rollout.id, rollout.size)
        cancelled = counted.get(DeliveryState.CANCELLED, 0)
        for state in ("accepted", "rejected", "skipped", "unknown", "deferred", "sending"):
            assert getattr(standing, state) == counted.get(DeliveryState(state), 0), state
        assert standing.planned == counted.get(DeliveryState.PLANNED, 0) + cancelled
        assert sum(counted.values()) == rollout.size
        return counted

    @staticmethod
    def _rollout_of(session: Any, public_id: str) -> str:
        publication = session.query(Publication).filter_by(public_id=public_id).one()
        rollout = states.of_publication(session, publication.id)
        assert rollout is not None
        return rollout.public_id


def engine_on(rt: Runtime, clock: Clock, queue: Queue, postman: Postman) -> Engine:
    """Build an engine on *rt*, whose channels are replaced by *postman* and one for systems."""
    hooks = Postman(traits=Traits(bulk=False, repeatable=True, batch=8, per_lane=2))
    running = replace(rt, channels=Registry({"email": postman, "webhook": hooks}, {}, {}))
    engine = Engine(running, clock, queue, postman, hooks)
    engine.restart()
    return engine


def a_draft(audience: Audience, plan: Plan, now: datetime, **given: Any) -> Draft:
    """An announcement to *audience* that leaves by *plan*."""
    text = {"fr": Text("Bonjour", "Un mot."), "en": Text("Hello", "A word.")}
    message = Message(
        id="",
        type="announcement.published",
        category="announcement",
        stage="",
        severity="none",
        texts=text,
        sender=Sender("Status", "status@example.org"),
        source=both("Mail"),
        url="https://notify.example.org/mail/en/events/x",
        subject=given.pop("subject", "event:x"),
        sequence=0,
        published_at=now,
    )
    draft = Draft(
        purpose=Purpose.BULK,
        message=message,
        audience=audience,
        plan=plan,
        urgency=Urgency.NORMAL,
        expires_at=now + timedelta(days=7),
    )
    return replace(draft, **given)


@pytest.fixture
def engine(rt, clock, queue) -> Engine:
    return engine_on(rt, clock, queue, Postman())
