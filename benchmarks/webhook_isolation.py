"""How long healthy endpoints wait while one that hangs has thousands of deliveries due.

Run `python -m benchmarks.webhook_isolation` from the checkout: a whole service on SQLite, a real
endpoint that never answers, real ones that do, workers' own dispatching in four threads.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from socket import create_server
from statistics import median, quantiles

from pydantic import SecretStr
from sqlalchemy import select

from benchmarks.figures import announce, at_most, tell
from benchmarks.services import draft
from benchmarks.webhook_posts import sink
from channels.webhook import new_secret
from service import assembly
from service.access.sealing import seal
from service.config import Settings
from service.deliveries import actors
from service.deliveries.models import Delivery, Outcome
from service.publications.models import Purpose
from service.publications.plans import URGENT
from service.queue import Actor
from service.rollouts.actions import send_single
from service.runtime import Runtime
from service.subscribers.audience import Audience
from tests.factories import a_subscriber, an_address

THREADS = 4
PATIENCE = 120.0  # seconds
CHANNEL = "webhook"


@contextmanager
def mute() -> Iterator[int]:
    """Take connections and never say a word."""
    with create_server(("127.0.0.1", 0), backlog=512) as server:
        yield server.getsockname()[1]


def fill(rt: Runtime, urls: list[str], each: int) -> list[int]:
    """Let each of *urls* have *each* deliveries due; return their addresses' ids."""
    ids = []
    for number, url in enumerate(urls):
        with rt.work("benchmark") as uow:
            host = url.split("/")[2].split(":")[0]
            address = an_address(
                uow, a_subscriber(uow), url, channel=CHANNEL, key=url, shown=f"e{number}",
                lane=host, secrets=seal(new_secret()),
            )  # fmt: skip
            for _ in range(each):
                audience = Audience(addresses=(address.id,))
                wish = draft(audience, URGENT, uow.now, purpose=Purpose.STAFF)
                send_single(uow, wish, address.id)
            ids.append(address.id)
    return ids


def known(rt: Runtime, addresses: list[int]) -> list[float]:
    """When each of *addresses* had taken what it was to get, Unix seconds."""
    with rt.read() as session:
        return list(
            session.scalars(
                select(Outcome.known_at)
                .join(
                    Delivery,
                    (Delivery.rollout_id == Outcome.rollout_id) & (Delivery.n == Outcome.n),
                )
                .where(Delivery.address_id.in_(addresses), Outcome.result == "sent")
            )
        )


def delays(rt: Runtime, healthy: list[int]) -> list[float]:
    """Dispatch as workers do until *healthy* have all been told; return how long each waited."""
    dispatch = actors.jobs(rt)[Actor.DISPATCH]
    begun = time.time()

    def work() -> None:
        while not rt.stopping.is_set():
            dispatch(CHANNEL)
            rt.stopping.wait(0.05)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    while len(found := known(rt, healthy)) < len(healthy) and time.time() < begun + PATIENCE:
        rt.stopping.wait(0.1)
    rt.stopping.set()
    for thread in threads:
        thread.join()
    if len(found) < len(healthy):
        sys.exit(f"only {len(found)} of {len(healthy)} were told in {PATIENCE:.0f} s")
    return [at - begun for at in found]


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--hanging", type=int, default=3000)
    options.add_argument("--healthy", type=int, default=100)
    asked = options.parse_args()
    announce("benchmarks.webhook_isolation")
    with tempfile.TemporaryDirectory() as folder, mute() as silent, sink() as port:
        settings = Settings(
            data_dir=Path(folder),
            secret_key=SecretStr("benchmark" * 4),
            public_url="https://notify.example.org",
            channels=(CHANNEL,),
            allowed_networks=(ip_network("127.0.0.0/8"),),
            allowed_ports=(silent, port),
        )
        assembly.upgrade_database(settings)
        parts = assembly.assemble(settings)
        rt = parts.runtime
        fill(rt, [f"http://127.0.0.1:{silent}/hang"], asked.hanging)
        urls = [f"http://127.0.0.{2 + each % 50}:{port}/{each}" for each in range(asked.healthy)]
        healthy = fill(rt, urls, 1)
        waits = delays(rt, healthy)
        parts.close()
    print("waits:", *(f"{each:.1f}" for each in sorted(waits)))
    p99 = quantiles(waits, n=100)[98]
    print(f"median {median(waits):.2f} s, p99 {p99:.2f} s, worst {max(waits):.2f} s")
    figure = f"delay of healthy endpoints beside {asked.hanging} hanging deliveries, p99"
    tell(figure, p99, "s", target=at_most(3))


if __name__ == "__main__":
    main()
