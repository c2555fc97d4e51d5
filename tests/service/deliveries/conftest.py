"""An engine that can be killed, slowed down and looked into."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from channels.base import Reason, Result, Scope
from service.publications.plans import Gate, OnUnknown, Plan
from service.queue import Actor
from tests.engine import Engine, engine_on
from tests.mortal import Life, MortalPostman, MortalRuntime

Answer = tuple[Result, Scope, Reason]

ALL_AT_ONCE = {"kind": "percent", "steps": [100]}
HOLD = Plan(windows=(), growth=ALL_AT_ONCE, gate=Gate(min_bake=0))
BY_DAY = Plan(growth=ALL_AT_ONCE, gate=Gate(min_bake=0), spread=0)
RESEND = HOLD.model_copy(update={"on_unknown": OnUnknown.RESEND})


@dataclass
class Lab:
    """What tests of the ratchet and lane two do to an engine."""

    engine: Engine
    life: Life
    postman: MortalPostman

    def approve(self, plan: Plan = HOLD, *zones: str, per_zone: int = 120, **given) -> str:
        audience = self.engine.audience(*(zones or ("UTC",)), per_zone=per_zone)
        return self.plan(self.engine.approve(audience, plan, **given))

    def plan(self, name: str) -> str:
        """Plan what is approved and let what is due be ready; nothing leaves yet."""
        jobs, self.engine.queue.jobs = self.engine.queue.jobs, []
        for job in jobs:
            if job.actor is Actor.PLAN:
                self.engine.jobs[job.actor](job.subject)
        self.engine.sweep()
        self.engine.queue.jobs.clear()
        return name

    def drain(self) -> None:
        self.engine.jobs[Actor.DRAIN]("email")

    def dispatch(self, channel: str = "email") -> None:
        self.engine.jobs[Actor.DISPATCH](channel)

    def recover(self) -> None:
        """Let leases and holds run out, and what they held be found."""
        self.leases_run_out()
        self.holds_run_out()
        self.engine.sweep()
        self.engine.queue.jobs.clear()

    def leases_run_out(self) -> None:
        self.sql("UPDATE slice SET lease_until = 1 WHERE owner IS NOT NULL")
        self.sql("UPDATE lane_two SET lease_until = 1 WHERE owner IS NOT NULL")

    def holds_run_out(self) -> None:
        self.sql('UPDATE "limit" SET hold_until = 0')
        self.sql("UPDATE lane_two SET hold_until = 0")

    def answer(self, answer: Answer, *people: int) -> None:
        for index in people:
            self.postman.answers[f"p{index}@example.org"] = answer

    def recount(self, name: str) -> dict[str, int]:
        return {str(state): count for state, count in self.engine.recount(name).items()}

    def told(self) -> list[str]:
        return [parcel.id for parcel in self.postman.delivered]

    def sql(self, statement: str, **given: object) -> None:
        with self.engine.rt.database.writers.begin() as session:
            session.execute(text(statement), given)

    def one(self, statement: str, **given: object) -> Any:
        with self.engine.rt.read() as session:
            return session.scalar(text(statement), given)


@pytest.fixture
def lab(rt, clock, queue) -> Lab:
    life = Life()
    postman = MortalPostman(life=life)
    mortal = MortalRuntime(rt.settings, rt.database, rt.channels, queue, clock, life=life)
    return Lab(engine_on(mortal, clock, queue, postman), life, postman)
