"""What marking few at once costs: messages a second by how many are marked, and by how many.

Run `python -m benchmarks.ratchet`; some ten minutes. One PostgreSQL database, one web process, one
ticker; for each number of workers and each `TOCSIN_MARK_AT_ONCE` one incident to everybody. Few at
once leave few in doubt when a process dies, many at once cost fewer transactions. Prints the table
as docs/benchmarks.md has it.
"""

import argparse
import os
from collections.abc import Sequence
from contextlib import ExitStack

from benchmarks.figures import announce, tell
from benchmarks.growth import numbers
from benchmarks.many_workers import SIZE, WORKERS, Tally, fleet, measure
from benchmarks.sinks import kind, ratio_of, sink, yardstick
from tests.services import postgresql, valkey

AT_ONCE = (1, 10, 50)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=10_000)
    options.add_argument("--workers", type=numbers, default=WORKERS)
    options.add_argument("--at-once", type=numbers, default=AT_ONCE)
    asked = options.parse_args()
    announce("benchmarks.ratchet", kind(), f"load {os.getloadavg()[0]:.1f}")
    rates: dict[tuple[int, int], float] = {}
    yards = []
    with ExitStack() as stack:
        port = stack.enter_context(sink())
        server, queue = stack.enter_context(postgresql()), stack.enter_context(valkey())
        started = stack.enter_context(fleet(server.url, queue.url, port, asked.people))
        for at_once in asked.at_once:
            yards.append(yardstick(port, SIZE))
            started.environment["TOCSIN_MARK_AT_ONCE"] = str(at_once)
            for workers in asked.workers:
                tally = Tally(workers)
                measure(started, asked.people, tally)
                rates[at_once, workers] = tally.rates[0]
                load = os.getloadavg()[0]
                told = f"m = {at_once}, {workers} workers: {tally.rates[0]:.0f}/s, load {load:.1f}"
                print(told, flush=True)
    print(table(rates, asked.workers))
    for (at_once, workers), rate in rates.items():
        figure = f"mail to {asked.people:,}, m = {at_once}, {workers} workers"
        tell(figure, rate, "messages/s", ratio=ratio_of(rate, yards))


def table(rates: dict[tuple[int, int], float], workers: Sequence[int]) -> str:
    """The rates, a row for each number marked at once, a column for each number of workers."""
    lines = [
        "".join(f"| {head} " for head in ("m", *(f"{each} workers" for each in workers))) + "|",
        "|---" * (len(workers) + 1) + "|",
    ]
    for at_once in dict.fromkeys(key for key, _ in rates):
        cells = (f"{rates[at_once, each]:,.0f}" for each in workers)
        lines.append("".join(f"| {cell} " for cell in (str(at_once), *cells)) + "|")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
