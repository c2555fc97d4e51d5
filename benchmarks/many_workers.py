"""Messages a second of the whole path with 1, 2 and 4 worker processes on PostgreSQL and Redis.

Run `python -m benchmarks.many_workers` from the checkout. Web, ticker and workers are processes of
their own, as an operator would start them; the rate is taken from the database: everybody reached
between the first outcome and the last. The far side is Postfix's `smtp-sink` where it is installed.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import text

from benchmarks.figures import announce, at_most, tell
from benchmarks.sinks import kind, ratio_of, sink, yardstick
from service.db.engine import open_database
from tests.e2e.fleet import Fleet, wait_for
from tests.services import create_database, drop_database, postgresql, valkey

WORKERS = (1, 2, 4)
SLOWEST = 200  # messages a second below which something is broken
SPAN = """
SELECT max(known_at) - min(known_at), min(known_at) - (
    SELECT extract(epoch FROM created_at) FROM rollout ORDER BY id DESC LIMIT 1)
FROM outcome WHERE rollout_id = (SELECT max(id) FROM rollout)
"""
SIZE = 3_000  # bytes of one of these mails, for the yardstick


@dataclass(slots=True)
class Tally:
    """What rollouts sent by so many workers came to."""

    workers: int
    rates: list[float] = field(default_factory=list)  # messages a second
    waits: list[float] = field(default_factory=list)  # seconds from approval to the first outcome
    peaks: list[float] = field(default_factory=list)  # MB of the largest worker


@contextmanager
def fleet(server: str, queue: str, port: int, people: int) -> Iterator[Fleet]:
    """Start web and ticker around a fresh database with *people* in it."""
    url = create_database(server)
    with TemporaryDirectory() as folder:
        started = Fleet(Path(folder), url, queue, port)
        started.run("db", "upgrade")
        started.people(people)
        try:
            web = started.start("web-1")
            _start(started, ["ticker-1"])
            web.wait_until_it_answers()
            yield started
        finally:
            started.close()
            drop_database(url)


def _start(fleet: Fleet, names: Sequence[str]) -> None:
    for name in names:
        fleet.start(name)
    for name in names:
        wait_for(partial(fleet.has_started, name), f"{name} did not start")


def measure(fleet: Fleet, people: int, tally: Tally) -> None:
    """Send one incident to everybody by so many workers, which end afterwards."""
    names = [f"worker-{n}" for n in range(tally.workers)]
    _start(fleet, names)
    publication = fleet.announce("mail", steps=(100,))
    patience = 240 + people / SLOWEST
    wait_for(lambda: _is_over(fleet, publication), "it does not end", patience)
    counts = fleet.rollout(publication)["deliveries"]
    if counts["accepted"] != people:
        sys.exit(f"not everybody was reached: {counts}")
    span, wait = _seconds_of_the_newest(fleet)
    tally.rates.append(people / span)
    tally.waits.append(wait)
    tally.peaks.append(max(_peak(fleet.processes[name].process.pid) for name in names))
    for name in names:
        fleet.end(name)


def _is_over(fleet: Fleet, publication: str) -> bool:
    return bool(fleet.rollout(publication)["state"] == "completed")


def _seconds_of_the_newest(fleet: Fleet) -> tuple[float, float]:
    """Of the newest rollout: from the first outcome to the last, and from approval to the first."""
    database = open_database(fleet.database_url)
    try:
        with database.engine.connect() as connection:
            span, wait = connection.execute(text(SPAN)).one()
            return float(span) or 1.0, float(wait)
    finally:
        database.close()


def _peak(pid: int) -> float:
    """The most memory a process has held, in MB (VmHWM of proc(5))."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=30_000)
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    announce("benchmarks.many_workers", kind())
    tallies = [Tally(workers) for workers in WORKERS]
    yards = []
    with ExitStack() as stack:
        port = stack.enter_context(sink())
        server = stack.enter_context(postgresql())
        queue = stack.enter_context(valkey())
        started = stack.enter_context(fleet(server.url, queue.url, port, asked.people))
        for _ in range(asked.rounds):
            yards.append(yardstick(port, SIZE))
            for tally in tallies:
                measure(started, asked.people, tally)
                print(f"{tally.workers} workers: {tally.rates[-1]:.0f} messages/s, "
                      f"{tally.peaks[-1]:.0f} MB a worker", flush=True)  # fmt: skip
    for tally in tallies:
        name, rate = f"mail to {asked.people:,}, {tally.workers} workers", median(tally.rates)
        tell(name, rate, "messages/s", ratio=ratio_of(rate, yards))
    peak = max(peak for tally in tallies for peak in tally.peaks)
    tell(f"memory of a worker, mail to {asked.people:,}", peak, "MB", target=at_most(150))


if __name__ == "__main__":
    main()
