"""How long nothing leaves after a fault, with two workers and two tickers on PostgreSQL and Redis.

Run `python -m benchmarks.recovery` from the checkout. Mail leaves at a steady pace to a sink that
notes every arrival; a fault is made; what is told is the longest silence at the sink after it, the
time until the rollout is over and everybody accounted for, and how many came twice.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.figures import announce, at_most, tell
from tests.e2e.fleet import Fleet, wait_for
from tests.e2e.sink import Sink
from tests.services import Server, create_database, drop_database, postgresql, valkey

PEOPLE = 6_000
SECONDS = 20.0  # they take without a fault
AWAY = 10.0  # seconds a server is stopped
NAMES = ("worker-1", "worker-2", "ticker-1", "ticker-2")


@dataclass(frozen=True, slots=True)
class Machines:
    """The servers that everybody shares."""

    database: Server
    queue: Server


@dataclass(frozen=True, slots=True)
class Found:
    """What one fault came to."""

    silence: float  # seconds, the longest after the fault
    whole: float  # seconds from the fault to the end of the rollout
    doubles: int


def _worker(fleet: Fleet, _: Machines) -> None:
    fleet.kill("worker-1")


def _ticker(fleet: Fleet, _: Machines) -> None:
    fleet.kill("ticker-1")


def _both_workers(fleet: Fleet, _: Machines) -> None:
    for name in NAMES[:2]:
        fleet.kill(name)
        fleet.start(name)


def _queue_away(_: Fleet, machines: Machines) -> None:
    machines.queue.stop()
    time.sleep(AWAY)
    machines.queue.start()


def _queue_emptied(_: Fleet, machines: Machines) -> None:
    machines.queue.restart()


def _connections_cut(fleet: Fleet, _: Machines) -> None:
    fleet.cut_database()


def _database_restarted(_: Fleet, machines: Machines) -> None:
    machines.database.restart()


def _database_away(_: Fleet, machines: Machines) -> None:
    machines.database.stop()
    time.sleep(AWAY)
    machines.database.start()


def _nothing(_: Fleet, __: Machines) -> None:
    pass


FAULTS: Mapping[str, Callable[[Fleet, Machines], None]] = {
    "none": _nothing,
    "one worker of two killed": _worker,
    "both workers killed and started": _both_workers,
    "one ticker of two killed": _ticker,
    f"Redis away for {AWAY:.0f} s": _queue_away,
    "Redis restarted, empty": _queue_emptied,
    "connections to PostgreSQL cut": _connections_cut,
    "PostgreSQL restarted": _database_restarted,
    f"PostgreSQL away for {AWAY:.0f} s": _database_away,
}


def measure(machines: Machines, fault: Callable[[Fleet, Machines], None]) -> Found:
    """Send one rollout and make *fault* when a third has left."""
    url = create_database(machines.database.url)
    sink = Sink(PEOPLE / SECONDS)
    with TemporaryDirectory() as folder:
        fleet = Fleet(Path(folder), url, machines.queue.url, sink.port)
        try:
            publication = _begin(fleet)
            wait_for(lambda: sink.count > PEOPLE / 3, "nothing is sent")
            begun = time.monotonic()
            fault(fleet, machines)
            wait_for(partial(_is_over, fleet, publication), "it does not end")
            return Found(_silence(sink, begun), time.monotonic() - begun, sink.doubles)
        finally:
            fleet.close()
            sink.close()
            drop_database(url)


def _begin(fleet: Fleet) -> str:
    fleet.run("db", "upgrade")
    fleet.people(PEOPLE)
    web = fleet.start("web-1")
    for name in NAMES:
        fleet.start(name)
    web.wait_until_it_answers()
    for name in NAMES:
        wait_for(partial(fleet.has_started, name), f"{name} did not start")
    return fleet.announce("mail", steps=(100,))


def _is_over(fleet: Fleet, publication: str) -> bool:
    rollout = fleet.rollout(publication)
    return bool(rollout["state"] == "completed")


def _silence(sink: Sink, begun: float) -> float:
    after = [begun, *(each for each in sink.arrivals if each >= begun)]
    return max((later - earlier for earlier, later in pairwise(after)), default=0.0)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=1)
    asked = options.parse_args()
    announce("benchmarks.recovery")
    print("leases of 10 s, a poll of 1 s; the defaults are 60 and 5")
    worst = {}
    with postgresql() as database, valkey() as queue:
        machines = Machines(database, queue)
        for name, fault in FAULTS.items():
            found = [measure(machines, fault) for _ in range(asked.rounds)]
            worst[name] = max(each.silence for each in found)
            print(
                f"{name:34} longest silence {worst[name]:5.1f} s, "
                f"over after {median(each.whole for each in found):5.1f} s, "
                f"{max(each.doubles for each in found)} came twice",
                flush=True,
            )
    for name, silence in worst.items():
        tell(f"silence after: {name}", silence, "s", target=at_most(10))


if __name__ == "__main__":
    main()
