"""Real processes killed with -9 while they send real mail: nobody is lost, and doubles are few."""

import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from random import Random
from signal import SIGKILL

import pytest
import structlog
from aiosmtpd.controller import Controller
from sqlalchemy import insert

from service.access import keys
from service.deliveries.bulk import MICRO_BATCH
from service.deliveries.models import DeliveryState
from service.deliveries.office import AT_ONCE
from service.publications.plans import Gate, OnUnknown, Plan
from service.rollouts.models import RolloutState
from service.runtime import utc_now
from service.subscribers.audience import Audience
from service.subscribers.models import Address, Consent, Subscriber, Subscription, ZoneOrigin
from tests.factories import a_page
from tests.processes import SECONDS, Service, a_clean_environment, free_port

log = structlog.get_logger(__name__)

PEOPLE = 2000
KILLS = 4
BATCH = 50  # of lane two
KEY = "k" * 32
PLAN = Plan(windows=(), growth={"kind": "percent", "steps": [100]}, gate=Gate(min_bake=0))
PROCESSES = {"sqlite": 1, "postgresql": 2}


class Sink:
    """An SMTP server that takes everything and remembers whose letter it was."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self._server = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 - aiosmtpd's
        self.taken += envelope.rcpt_tos
        return "250 taken"

    def __enter__(self) -> "Sink":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"smtp://{self._server.hostname}:{self._server.port}"


class Fleet:
    """Processes that send, started again where they are killed."""

    def __init__(self, count: int, environment: dict[str, str]) -> None:
        self.count, self.environment = count, environment
        self.running = [self._start() for _ in range(count)]

    def kill(self, index: int) -> None:
        """Kill one with -9, and start another in its place."""
        self._end(self.running[index])
        self.running[index] = self._start()

    def end(self) -> None:
        for service in self.running:
            self._end(service)

    def _start(self) -> Service:
        bind = {"TOCSIN_BIND": f"127.0.0.1:{free_port()}"}
        return Service(["serve"], {**self.environment, **bind})

    @staticmethod
    def _end(service: Service) -> None:
        service.signal_all(SIGKILL)
        service.process.communicate()


@contextmanager
def fleet(count, environment):
    started = Fleet(count, environment)
    try:
        yield started
    finally:
        started.end()


@pytest.fixture
def town(rt) -> Audience:
    """Many people who follow one page."""
    keys.use(KEY.encode())
    now = rt.clock()
    with rt.work() as uow:
        page = a_page(uow)
        for model, rows in people(page.id, now):
            uow.session.execute(insert(model), rows)
        return Audience(pages=(page.id,), category="announcement")


def people(page, now):
    yield (
        Subscriber,
        [
            {
                "id": number,
                "kind": "person",
                "locale": "en",
                "timezone": "UTC",
                "timezone_origin": ZoneOrigin.CHOSEN,
                "created_at": now,
            }
            for number in range(1, PEOPLE + 1)
        ],
    )
    yield (
        Address,
        [
            {
                "id": number,
                "subscriber_id": number,
                "channel": "email",
                "key": f"p{number}@example.org",
                "value": f"p{number}@example.org",
                "shown": "p…@example.org",
                "lane": "example.org",
                "verified_at": now,
                "created_at": now,
            }
            for number in range(1, PEOPLE + 1)
        ],
    )
    yield (
        Subscription,
        [
            {
                "address_id": number,
                "page_id": page,
                "state": Consent.ACTIVE,
                "created_at": now,
                "active_at": now,
            }
            for number in range(1, PEOPLE + 1)
        ],
    )


@pytest.mark.parametrize("policy", OnUnknown)
def test_killed_processes_lose_nobody_and_double_few(engine, town, database_url, tmp_path, policy):
    engine.clock.now = utc_now()  # the processes' own
    name = engine.approve(town, PLAN.model_copy(update={"on_unknown": policy}))
    with ExitStack() as stack:
        sink = stack.enter_context(Sink())
        environment = {
            **a_clean_environment(tmp_path),
            "TOCSIN_DATABASE_URL": database_url,
            "TOCSIN_SMTP_URL": sink.url,
            "TOCSIN_CHANNELS": "email",
            "TOCSIN_SECRET_KEY": KEY,
            "TOCSIN_PUBLIC_URL": "https://notify.example.org",
            "TOCSIN_LEASE_SECONDS": "3",
            "TOCSIN_UNKNOWN_AFTER": "1",
            "TOCSIN_POLL_SECONDS": "0.3",
        }
        count = PROCESSES[engine.rt.database.engine.dialect.name]
        senders = stack.enter_context(fleet(count, environment))
        luck = Random(7)  # noqa: S311 - the same kills each time
        for kill in range(KILLS):
            goal = PEOPLE * (kill + luck.random()) / (KILLS + 1)
            wait_for(lambda goal=goal: len(sink.taken) >= goal)
            senders.kill(luck.randrange(count))
        wait_for(lambda: engine.rollout(name).state is RolloutState.COMPLETED)

    counted = engine.recount(name)
    copies = Counter(sink.taken)
    doubles = sum(copies.values()) - len(copies)
    log.info("counted", **counted, twice=doubles, never_sent=PEOPLE - len(copies), kills=KILLS)
    accepted = counted.get(DeliveryState.ACCEPTED, 0)
    unknown = counted.get(DeliveryState.UNKNOWN, 0)
    assert accepted + unknown == PEOPLE
    assert len(copies) >= accepted  # whoever is said to have it has it
    in_doubt = KILLS * AT_ONCE * (MICRO_BATCH + BATCH)
    if policy is OnUnknown.HOLD:
        assert doubles == 0
        assert unknown <= in_doubt
    else:
        assert (unknown, len(copies)) == (0, PEOPLE)
        assert doubles <= in_doubt


def wait_for(condition):
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
