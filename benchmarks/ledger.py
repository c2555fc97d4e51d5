"""What recording costs: the ratchet's throughput by how many are marked at once, and by workers.

Run `python -m benchmarks.ledger` from the checkout. Everything but the sending is real: slices,
marks, consents read in the marking transaction, rendering, outcomes. Workers are processes of
their own.
"""

import json
import multiprocessing
import time
from contextlib import ExitStack
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from benchmarks.audiences import databases, fill
from benchmarks.nobody import AT_ONCE, announce, engine, options, plan
from benchmarks.services import publish
from service.deliveries import bulk
from service.deliveries.models import Outcome
from service.deliveries.office import Office
from service.deliveries.parcels import Composer
from service.rollouts import advancing
from service.runtime import Runtime
from service.subscribers.audience import Audience

AT_ONCE_SIZES = (1, 10, 50, 500)
WORKERS = (1, 2, 4)
LEAST = 2_000  # messages of a round with the smallest batches


def work(url: str, folder: str, size: int, go: Barrier) -> None:
    """One worker: wait for the word, then drain."""
    with engine(url, Path(folder), mark_at_once=size) as (rt, _):
        office = Office(rt, Composer(rt))
        go.wait()
        bulk.drain(office, "email")


def round_of(
    rt: Runtime, url: str, folder: str, audience: Audience, size: int, workers: int
) -> float:
    """Messages a second of one rollout to everybody, from the first outcome to the last."""
    rollout_id = publish(rt, audience, AT_ONCE)
    plan(rt, rollout_id)
    with rt.work("ticker") as uow:
        advancing.release_waves(uow)
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Barrier(workers)
    started = [spawn.Process(target=work, args=(url, folder, size, ready)) for _ in range(workers)]
    for each in started:
        each.start()
    for each in started:
        each.join()
    known = func.max(Outcome.known_at) - func.min(Outcome.known_at)
    with rt.read() as session:
        count, seconds = session.execute(
            select(func.count(), known).where(Outcome.rollout_id == rollout_id)
        ).one()
    return float(count / seconds)


def measure(name: str, url: str, people: int, rounds: int) -> dict[str, int]:
    """Measure on one database, print, and return messages a second by (size, workers)."""
    found = {}
    with TemporaryDirectory() as folder, engine(url, Path(folder)) as (rt, _):
        with rt.work() as uow:
            audience = fill(uow, people)
        for size in AT_ONCE_SIZES:
            for workers in WORKERS:
                rates = [round_of(rt, url, folder, audience, size, workers) for _ in range(rounds)]
                found[f"m={size} workers={workers}"] = round(median(rates))
                print(f"{name}: m = {size}, {workers} workers: {median(rates):.0f} messages/s")
    return found


def main() -> None:
    """Measure and print."""
    parser = options(__doc__, 10_000)
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    announce()
    begin = time.perf_counter()
    with ExitStack() as stack:
        urls = stack.enter_context(databases(asked.postgresql))
        values = {
            name: measure(name, url, max(asked.people, LEAST), asked.rounds)
            for name, url in urls.items()
        }
    print(f"in all {time.perf_counter() - begin:.0f} s")
    print(json.dumps({"figure": "ledger", "value": values, "unit": "messages/s"}))


if __name__ == "__main__":
    main()
