"""Messages a second of the whole path with 1, 2 and 4 worker processes on PostgreSQL and Redis.

Run `python -m benchmarks.many_workers` from the checkout. Web, ticker and workers are processes of
their own, as an operator would start them; the rate is taken from the database: everybody reached
between the first outcome and the last. The far side is Postfix's `smtp-sink` where it is installed.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import text

from benchmarks.figures import announce, tell
from benchmarks.sinks import kind, ratio_of, sink, yardstick
from service.db.engine import open_database
from tests.e2e.fleet import Fleet, wait_for
from tests.services import create_database, drop_database, postgresql, valkey

WORKERS = (1, 2, 4)
SIZE = 3_000  # bytes of one of these mails, for the yardstick


@contextmanager
def fleet(server: str, queue: str, port: int, people: int, workers: int) -> Iterator[Fleet]:
    """Start the processes around a fresh database with *people* in it."""
    url = create_database(server)
    with TemporaryDirectory() as folder:
        started = Fleet(Path(folder), url, queue, port)
        started.run("db", "upgrade")
        started.people(people)
        try:
            names = ("ticker-1", *(f"worker-{n}" for n in range(workers)))
            web = started.start("web-1")
            for name in names:
                started.start(name)
            web.wait_until_it_answers()
            for name in names:
                wait_for(partial(started.has_started, name), f"{name} did not start")
            yield started
        finally:
            started.close()
            drop_database(url)


def rate(fleet: Fleet, people: int) -> float:
    """Send one incident to everybody; return messages a second."""
    publication = fleet.announce("mail", steps=(100,))
    wait_for(lambda: fleet.rollout(publication)["state"] == "completed", "it does not end")
    counts = fleet.rollout(publication)["deliveries"]
    if counts["accepted"] != people:
        sys.exit(f"not everybody was reached: {counts}")
    database = open_database(fleet.database_url)
    try:
        with database.engine.connect() as connection:
            span = connection.scalar(text("SELECT max(known_at) - min(known_at) FROM outcome"))
    finally:
        database.close()
    return people / float(span or 1)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=30_000)
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    announce("benchmarks.many_workers", kind())
    found: dict[int, list[float]] = {workers: [] for workers in WORKERS}
    yards = []
    with ExitStack() as stack:
        port = stack.enter_context(sink())
        server = stack.enter_context(postgresql())
        queue = stack.enter_context(valkey())
        for _ in range(asked.rounds):
            yards.append(yardstick(port, SIZE))
            for workers, rates in found.items():
                with fleet(server.url, queue.url, port, asked.people, workers) as started:
                    rates.append(rate(started, asked.people))
    for workers, rates in found.items():
        listed = ", ".join(f"{each:.0f}" for each in rates)
        print(f"{workers} workers: {median(rates):.0f} messages/s (of {listed})")
    for workers, rates in found.items():
        rate_of_all = median(rates)
        tell(f"mail on PostgreSQL and Redis, {workers} workers", rate_of_all, "messages/s",
             ratio=ratio_of(rate_of_all, yards))  # fmt: skip


if __name__ == "__main__":
    main()
