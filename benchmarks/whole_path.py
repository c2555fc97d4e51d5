"""Messages a second from an approved publication to a recorded outcome, over real SMTP.

Run `python -m benchmarks.whole_path` from the checkout. Everything is the real thing: the planning
job, slices, marks, consents read in the marking transaction, rendering, splicing, pipelined SMTP,
every outcome recorded; one worker process, two slices held, 50 messages (`--at-once`) in doubt in
each. Only the far side is a sink: Postfix's where it is installed (see `benchmarks.sinks`). Beside
it: `smtp-source`, and our own transport alone with mails of its own, nothing read or recorded.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.audiences import databases, fill
from benchmarks.figures import announce, at_least, at_most, tell
from benchmarks.services import publish, service
from benchmarks.sinks import kind, ratio_of, sink, yardstick
from benchmarks.smtp_transport import parcels, send_all, transport
from service.assembly import Assembly
from service.deliveries.models import DeliveryState
from service.deliveries.queries import accounts
from service.publications.plans import Gate, Plan
from service.queue import Actor, MemoryBroker
from service.runtime import Runtime
from service.subscribers.audience import Audience
from service.worker import Ticker, Worker

ALL_DAY = {"days": [0, 1, 2, 3, 4, 5, 6], "start": "00:00", "end": "00:00"}  # zones still count
PLAN = Plan(windows=(ALL_DAY,), growth={"kind": "percent", "steps": [100]}, gate=Gate(min_bake=0))
SIZE = 5_400  # bytes of one of these mails, for the yardstick
LONGEST = 600_000  # milliseconds a round may take
AT_ONCE = 50  # mails marked in one transaction, as by default
TARGETS = {AT_ONCE: at_least(0.9), 500: at_least(1.2)}  # of smtp-source, by mails at once
OF_TRANSPORT = at_least(0.65)


@dataclass(slots=True)
class Yards:
    """Messages a second of what we are measured beside, by round."""

    sources: list[float | None] = field(default_factory=list)  # smtp-source
    transports: list[float | None] = field(default_factory=list)  # ours, nothing recorded

    def round(self, port: int, people: int) -> None:
        """Measure both once."""
        self.sources.append(yardstick(port, SIZE))
        with transport(port) as channel:
            self.transports.append(send_all(channel, parcels(channel, people)))


@dataclass(slots=True)
class Subject:
    """One database with its people, and what was measured on it."""

    name: str
    rt: Runtime
    broker: MemoryBroker
    worker: Worker
    ticker: Ticker
    audience: Audience
    planning: list[float] = field(default_factory=list)  # seconds
    rates: list[float] = field(default_factory=list)  # messages a second
    costs: list[float] = field(default_factory=list)  # µs of this process's CPU a message

    def round(self, people: int) -> None:
        """Plan and send one rollout to everybody."""
        begin = time.perf_counter()
        rollout_id = publish(self.rt, self.audience, PLAN)
        self.broker.join(Actor.PLAN, timeout=LONGEST)
        self.planning.append(time.perf_counter() - begin)
        begin, cpu = time.perf_counter(), time.process_time()
        self.ticker.tick()  # the waves are due
        self.broker.join(Actor.DRAIN, timeout=LONGEST)
        self.costs.append((time.process_time() - cpu) / people * 1e6)
        self.rates.append(people / (time.perf_counter() - begin))
        with self.rt.read() as session:
            counted = accounts.recount(session, rollout_id)
        if counted != {DeliveryState.ACCEPTED: people}:
            sys.exit(f"{self.name}: not everybody was reached once: {counted}")

    def report(self, at_once: int, yards: Yards) -> None:
        """Print what was measured, beside the yardsticks of the same rounds."""
        rate, cost = median(self.rates), median(self.costs)
        name = self.name if at_once == AT_ONCE else f"{self.name}, {at_once} at once"
        print(f"{name}: planned in {median(self.planning):.2f} s")
        print(f"{name}: {rate:.0f} messages/s (of {_listed(self.rates)})")
        print(f"{name}: {cost:.0f} µs CPU a message (of {_listed(self.costs)})")
        tell(f"mail end to end, CPU, {name}", cost, "µs/message", target=at_most(40))
        tell(f"mail end to end, {name}", rate, "messages/s",
             ratio=ratio_of(rate, yards.sources), target=TARGETS.get(at_once))  # fmt: skip
        tell(f"mail end to end beside the transport alone, {name}", rate, "messages/s",
             ratio=ratio_of(rate, yards.transports), target=OF_TRANSPORT)  # fmt: skip


@contextmanager
def subject(
    name: str, url: str, port: int, people: int, at_once: int = AT_ONCE
) -> Iterator[Subject]:
    """Fill the database at *url* and start a worker on it, which marks so many *at_once*."""
    with (
        TemporaryDirectory() as folder,
        service(url, port, Path(folder), mark_at_once=at_once) as parts,
    ):
        with parts.runtime.work() as uow:
            audience = replace(fill(uow, people), components=())  # everybody on the page
        worker = Worker(parts.broker, parts.runtime)
        worker.start()
        try:
            yield _subject(name, parts, worker, audience)
        finally:
            worker.stop()


def _subject(name: str, parts: Assembly, worker: Worker, audience: Audience) -> Subject:
    broker = parts.broker
    if not isinstance(broker, MemoryBroker):
        raise TypeError("the jobs of this measurement stay in this process")
    return Subject(name, parts.runtime, broker, worker, Ticker(parts.runtime), audience)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=20_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--postgresql", default="", help="URL of a server to use instead of ours")
    options.add_argument("--only", choices=("sqlite", "postgresql"))
    options.add_argument("--at-once", type=int, default=AT_ONCE, help="mails marked at once")
    asked = options.parse_args()
    announce("benchmarks.whole_path", kind())
    yards = Yards()
    with ExitStack() as stack:
        port = stack.enter_context(sink())
        urls = stack.enter_context(databases(asked.postgresql))
        subjects = [
            stack.enter_context(subject(name, url, port, asked.people, asked.at_once))
            for name, url in urls.items()
            if asked.only in (None, name)
        ]
        for _ in range(asked.rounds):
            yards.round(port, asked.people)
            for each in subjects:
                each.round(asked.people)
    print(
        f"smtp-source, static texts of {SIZE} bytes, nothing recorded: {_listed(yards.sources)}/s"
    )
    print(f"our transport alone, nothing recorded: {_listed(yards.transports)}/s")
    for each in subjects:
        each.report(asked.at_once, yards)


def _listed(values: Sequence[float | None]) -> str:
    return ", ".join(f"{value or 0:.0f}" for value in values)


if __name__ == "__main__":
    main()
