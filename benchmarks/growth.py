"""Whether ten or a hundred times as many people take as much longer, and no more memory.

Run `python -m benchmarks.growth`; `--sizes 10000,100000,1000000` for the whole table (a quarter of
an hour a million). Each size has a fresh PostgreSQL database, a web process and a ticker; each
number of workers sends one incident to everybody, and ends. The far side is Postfix's `smtp-sink`
where it is installed. Prints the table as docs/benchmarks.md has it.
"""

import argparse
import os
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median

from benchmarks.figures import announce, at_most, tell
from benchmarks.many_workers import SIZE, WORKERS, Tally, fleet, measure
from benchmarks.sinks import kind, ratio_of, sink, yardstick
from tests.services import postgresql, valkey

HEADING = """
| people | workers | first mail after | messages/s | of smtp-source | MB, largest worker |
|---|---|---|---|---|---|"""


def numbers(text: str) -> Sequence[int]:
    """The numbers in *text*, between commas."""
    return [int(each) for each in text.split(",")]


def grown(people: int, workers: Sequence[int], rounds: int) -> tuple[list[Tally], list[float]]:
    """Send to so many people by so many workers in turn; what it came to, and the yardstick's."""
    tallies, yards = [Tally(each) for each in workers], []
    with ExitStack() as stack:
        port = stack.enter_context(sink())
        server, queue = stack.enter_context(postgresql()), stack.enter_context(valkey())
        started = stack.enter_context(fleet(server.url, queue.url, port, people))
        for _ in range(rounds):
            for tally in tallies:
                yards.append(yardstick(port, SIZE) or 0.0)
                measure(started, people, tally)
                told = f"{people:,} people, {tally.workers} workers: {tally.rates[-1]:.0f}/s"
                load = os.getloadavg()[0]
                print(f"{told}, {tally.peaks[-1]:.0f} MB, load {load:.1f}", flush=True)
    return tallies, yards


def row(people: int, tally: Tally, yards: Sequence[float]) -> str:
    """One line of the table."""
    rate, ratio = median(tally.rates), ratio_of(median(tally.rates), yards)
    beside = "–" if ratio is None else f"{ratio:.2f}"
    return (
        f"| {people:,} | {tally.workers} | {median(tally.waits):.1f} s | {rate:,.0f} | {beside} "
        f"| {max(tally.peaks):.0f} |"
    )


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", type=numbers, default=[10_000, 100_000])
    options.add_argument("--workers", type=numbers, default=WORKERS)
    options.add_argument("--rounds", type=int, default=1)
    asked = options.parse_args()
    announce("benchmarks.growth", kind(), f"load {os.getloadavg()[0]:.1f}")
    sizes = sorted(asked.sizes)
    found = {people: grown(people, asked.workers, asked.rounds) for people in sizes}
    print(HEADING)
    for people, (tallies, yards) in found.items():
        print("\n".join(row(people, tally, yards) for tally in tallies))
    for people, (tallies, yards) in found.items():
        for tally in tallies:
            figure, rate = f"mail to {people:,}, {tally.workers} workers", median(tally.rates)
            tell(figure, rate, "messages/s", ratio=ratio_of(rate, yards))
    least, most = (
        max(max(each.peaks) for each in found[size][0]) for size in (sizes[0], sizes[-1])
    )
    tell(f"memory of a worker, mail to {sizes[-1]:,}", most, "MB", target=at_most(150))
    tell(f"memory of a worker, {sizes[-1]:,} beside {sizes[0]:,}", most, "MB",
         ratio=most / least, target=at_most(1.1, "ratio"))  # fmt: skip


if __name__ == "__main__":
    main()
