"""Webhooks a second from an approved publication to a recorded outcome and a line of the log.

Run `python -m benchmarks.webhook_path` from the checkout. All of it is the real thing: planning,
slices, marks, consents, bodies for each endpoint, signatures, the guard, HTTP on kept connections,
outcomes, and the log of attempts that owners read; one worker process on SQLite. Only the far side
is a sink. Beside it: our channel alone, nothing read or recorded.
"""

import argparse
import sys
import time
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import func, select

from benchmarks.figures import announce, tell
from benchmarks.services import publish, service
from benchmarks.webhook_posts import parcels, rate, sink, through_the_guard
from benchmarks.whole_path import LONGEST, PLAN
from channels.webhook import new_secret
from service.access.sealing import seal
from service.assembly import Assembly
from service.db.unit_of_work import UnitOfWork
from service.deliveries.models import Attempt, DeliveryState
from service.deliveries.queries import accounts
from service.queue import Actor, MemoryBroker
from service.runtime import Runtime
from service.subscribers.audience import Audience
from service.worker import Ticker, Worker
from tests.factories import a_page, a_subscriber, a_subscription, an_address

CHANNEL = "webhook"
HOSTS = 200  # of the loopback network: two requests at most are under way towards each


def fill(uow: UnitOfWork, port: int, endpoints: int) -> Audience:
    """Let *endpoints* of their own follow a page, each with a secret."""
    page = a_page(uow)
    for number in range(endpoints):
        host = f"127.0.1.{1 + number % HOSTS}"
        address = an_address(
            uow, a_subscriber(uow), f"http://{host}:{port}/{number}", channel=CHANNEL,
            shown=f"e{number}", lane=host, secrets=seal(new_secret()),
        )  # fmt: skip
        a_subscription(uow, address, page)
    return Audience(pages=(page.id,), category="announcement")


def told(parts: Assembly, audience: Audience, endpoints: int) -> tuple[float, float]:
    """Tell everybody once; return webhooks a second, and µs of this process's CPU for each."""
    rt, broker = parts.runtime, parts.broker
    if not isinstance(broker, MemoryBroker):
        raise TypeError("the jobs of this measurement stay in this process")
    rollout_id = publish(rt, audience, PLAN)
    broker.join(Actor.PLAN, timeout=LONGEST)
    begun, cpu = time.perf_counter(), time.process_time()
    Ticker(rt).tick()  # the waves are due
    while (counted := states(rt, rollout_id)) != {DeliveryState.ACCEPTED: endpoints}:
        if time.perf_counter() > begun + LONGEST / 1000:
            sys.exit(f"not every endpoint was reached once: {counted}")
        time.sleep(0.2)  # counting takes time of the same process
    took, cost = time.perf_counter() - begun, time.process_time() - cpu
    return endpoints / took, cost / endpoints * 1e6


def states(rt: Runtime, rollout_id: int) -> Mapping[DeliveryState, int]:
    """How many deliveries are in which state."""
    with rt.read() as session:
        return accounts.recount(session, rollout_id)


def alone(port: int, posts: int) -> float:
    """Return posts a second of our channel in one thread, nothing read or recorded."""
    with through_the_guard(port) as channel:
        return rate(channel, parcels(channel, port, posts=posts, hosts=HOSTS), 1)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--endpoints", type=int, default=4000)
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    announce("benchmarks.webhook_path")
    with TemporaryDirectory() as folder, sink() as port:
        where: dict[str, Any] = {
            "allowed_networks": (ip_network("127.0.0.0/8"),),
            "allowed_ports": (port,),
        }
        url = f"sqlite:///{Path(folder) / 'tocsin.db'}"
        with service(url, port, Path(folder), (CHANNEL,), **where) as parts:
            with parts.runtime.work() as uow:
                audience = fill(uow, port, asked.endpoints)
            worker = Worker(parts.broker, parts.runtime)
            worker.start()
            rounds = [
                (*told(parts, audience, asked.endpoints), alone(port, asked.endpoints))
                for _ in range(asked.rounds)
            ]
            worker.stop()
            with parts.runtime.read() as session:
                logged = session.scalar(select(func.count()).select_from(Attempt))
    rates, costs, yards = (list(each) for each in zip(*rounds, strict=True))
    print(f"{logged} attempts in the log")
    print("webhooks/s:", *(f"{each:.0f}" for each in rates))
    print("our channel alone, nothing recorded:", *(f"{each:.0f}" for each in yards))
    tell("webhooks end to end, CPU", median(costs), "µs/webhook")
    tell("webhooks end to end, with the log of attempts", median(rates), "webhooks/s",
         ratio=median(rates) / median(yards))  # fmt: skip


if __name__ == "__main__":
    main()
