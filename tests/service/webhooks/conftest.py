"""An endpoint that has proved itself, and a real program behind it."""

from typing import Any, NamedTuple

import pytest

from service.deliveries import actors as deliveries
from service.queue import Actor
from service.rollouts import actors as rollouts
from service.runtime import Runtime
from service.subscribers.audience import Audience
from service.subscribers.models import Address
from service.webhooks import actors, queries
from service.webhooks.models import Endpoint
from tests.engine import Engine
from tests.fakes import Postman
from tests.service.signup.conftest import far_side, rt, subscribed, town

__all__ = ["far_side", "rt", "subscribed", "town"]


class Hook(NamedTuple):
    """A registered endpoint: what its API calls it, its secret, its program."""

    id: str
    secret: str
    town: Any
    far_side: Any

    @property
    def rt(self) -> Runtime:
        found: Runtime = self.town.rt
        return found

    def api(self, rest: str = "") -> str:
        return f"/api/v1/endpoints/{self.id}{rest}"

    def address(self) -> Address:
        with self.rt.read() as session:
            return session.query(Address).filter_by(channel="webhook").one()

    def endpoint(self) -> Endpoint:
        with self.rt.read() as session:
            found = queries.endpoint(session, self.address().id)
            assert found is not None
            return found

    def sweep(self) -> None:
        for call in (*actors.sweeps(self.rt), *actors.searches(self.rt)):
            call()
        self.town.work()


@pytest.fixture
def caller(town, program):
    return program("subscribers")


@pytest.fixture
def hook(town, caller, far_side) -> Hook:
    made = caller.post("/api/v1/endpoints", json={"url": far_side.url, "page": "mail"}).json
    town.work()
    far_side.seen.clear()
    found = Hook(made["id"], made["secret"], town, far_side)
    found.sweep()
    return found


@pytest.fixture
def engine(rt, clock, queue) -> Engine:
    """An engine whose webhooks are real."""
    made = Engine(rt, clock, queue, Postman(), Postman())
    made.jobs = {
        **deliveries.jobs(rt),
        **rollouts.jobs(rt),
        **actors.jobs(rt),
        Actor.SIGN_UP: lambda _: None,
    }
    return made


@pytest.fixture
def publish(engine, town):
    def _publish(subject="event:x"):
        audience = Audience(pages=(town.ids["page"],), category="incident", severity=2)
        engine.approve(audience, subject=subject)
        engine.tick()

    return _publish
