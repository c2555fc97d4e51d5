"""Webhooks a second to a local sink: each signed, guarded, posted and classified.

Run `python -m benchmarks.webhook_posts` from the checkout. The yardstick is wrk, where it is
installed: a C client that posts one ready-made body over and over, and neither signs nor guards.
"""

import argparse
import asyncio
import multiprocessing
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from multiprocessing.connection import Connection
from statistics import median
from tempfile import NamedTemporaryFile
from typing import cast

import uvloop

from benchmarks.figures import announce, at_least, tell
from channels.base import Host, Message, Parcel, Result, Sender, Text
from channels.outbound import Door, Guard
from channels.webhook import WebhookChannel, new_secret
from channels.webhook.channel import WebhookConfig
from channels.webhook.formats import Bodies

ROUNDS = 5
MESSAGE = Message(
    id="pub_1",
    type="incident.created",
    category="incident",
    stage="investigating",
    severity="major",
    texts={"fr": Text("[Panne] Webmail", "Lent. " * 150), "en": Text("[Down] Webmail", "S" * 900)},
    sender=Sender("Status", "status@example.org"),
    source={"fr": "Courriel", "en": "Mail"},
    url="https://status.example.org/mail/en/events/ev_1",
    subject="ev_1",
    sequence=1,
    published_at=datetime(2026, 11, 23, 9, tzinfo=UTC),
)


class Sink(asyncio.Protocol):
    """Answers 200 to every whole request on a kept connection."""

    def __init__(self) -> None:
        """Begin with nothing received."""
        self.held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self.transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        """Answer what is complete."""
        self.held += data
        while (end := self.held.find(b"\r\n\r\n")) >= 0:
            head = self.held[:end].lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            if len(self.held) < end + 4 + length:
                return
            self.held = self.held[end + 4 + length :]
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")


def serve(told: Connection) -> None:
    """Run the sink until the process is ended."""

    async def forever() -> None:
        server = await asyncio.get_running_loop().create_server(Sink, "0.0.0.0", 0)  # noqa: S104
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    with suppress(KeyboardInterrupt):
        uvloop.run(forever())


@contextmanager
def sink() -> Iterator[int]:
    """Run the sink in a process of its own and yield its port."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=serve, args=(theirs,))
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def parcels(channel: WebhookChannel, port: int, *, posts: int, hosts: int) -> list[Parcel]:
    """Return *posts* parcels spread over *hosts* loopback addresses."""
    rendition, secrets = channel.render(MESSAGE, "en", "UTC"), (new_secret(),)
    first = channel.parse_address(f"http://127.0.0.1:{port}/hook")
    model = Parcel("", 1, first, rendition, secrets=secrets)
    places = [
        channel.parse_address(f"http://127.0.0.{1 + each % hosts}:{port}/hook/{each}")
        for each in range(hosts * 4)
    ]
    return [
        replace(model, id=f"parcel_{each}", address=places[each % len(places)])
        for each in range(posts)
    ]


def rate(channel: WebhookChannel, waiting: list[Parcel], threads: int) -> float:
    """Send all of *waiting* in batches as workers do and return posts a second."""
    size = channel.traits.batch
    batches = [waiting[at : at + size] for at in range(0, len(waiting), size)]

    def drain(batch: list[Parcel]) -> int:
        outcomes = channel.send(batch, time.monotonic() + 30)
        return sum(outcome.result is Result.SENT for outcome in outcomes)

    begun = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        sent = sum(pool.map(drain, batches))
    took = time.perf_counter() - begun
    if sent != len(waiting):
        sys.exit(f"only {sent} of {len(waiting)} were taken")
    return sent / took


@contextmanager
def through_the_guard(port: int) -> Iterator[WebhookChannel]:
    """Lend the channel on a door that may go to *port* of this machine."""
    door = Door(Guard((ip_network("127.0.0.0/8"),), (port,)))
    host = Host("https://status.example.org", door, lambda _, at: at.replace(tzinfo=None))
    try:
        yield WebhookChannel(WebhookConfig(), host)
    finally:
        door.close()


def yardstick(port: int, size: int) -> float | None:
    """Return posts of *size* bytes a second by wrk on 16 connections, if it is there."""
    program = shutil.which("wrk")
    if program is None:
        return None
    with NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f'wrk.method = "POST"\nwrk.body = string.rep("x", {size})\n')
        script.flush()
        options = ["-t", "1", "-c", "16", "-d", "3", "-s", script.name]
        done = subprocess.run(
            [program, *options, f"http://127.0.0.1:{port}/hook"],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    return float(done.stdout.partition("Requests/sec:")[2].split()[0])


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--posts", type=int, default=20_000)
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--hosts", type=int, default=16)
    asked = options.parse_args()
    announce("benchmarks.webhook_posts")
    with sink() as port, through_the_guard(port) as channel:
        waiting = parcels(channel, port, posts=asked.posts, hosts=asked.hosts)
        size = len(Bodies.of(MESSAGE).standard)
        rates, yards = [], []
        for _ in range(ROUNDS):
            yards.append(yardstick(port, size))
            rates.append(rate(channel, waiting, asked.threads))
    print("rounds:", *(f"{each:.0f}" for each in rates))
    known = [each for each in yards if each]
    print("wrk:", *(f"{each:.0f}" for each in known))
    ratio = median(rates) / median(known) if known else None
    figure = f"webhooks signed and guarded, {asked.hosts} hosts, {asked.threads} threads"
    tell(figure, median(rates), "posts/s", ratio=ratio, target=at_least(0.1))


if __name__ == "__main__":
    main()
