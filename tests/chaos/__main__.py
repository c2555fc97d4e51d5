"""Everything that may go wrong while people are told, in turn, with processes killed amid.

`python -m tests.chaos --kills 500` (`make chaos KILLS=500`): one rollout for each fault and as
often as it takes, two workers, two tickers and a web server on PostgreSQL and Redis, then one
`tocsin serve` on SQLite. Ends with 1 if anybody was lost, told oftener than the bound allows, or
the page failed. Root can fill a disk; with libfaketime (Debian: `faketime`) clocks jump too.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.chaos.faults import Fault, Machines, of_many, of_one
from tests.chaos.round import TITLE, Round, Tally
from tests.chaos.world import FAKETIME, Size, a_world
from tests.services import create_database, postgresql, valkey

SIZE = Size(people=1500, hooks=40, rate=100.0)
DISK = "48m"
MANY = ("web-1", "worker-1", "worker-2", "ticker-1", "ticker-2")
ONE = ("serve-1",)
PER_ROUND = 10  # kills, beyond which there are more rounds


def main() -> None:
    """Play, print a table, and pass on the verdict."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=100)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--only", default="", help="faults whose name has this in it")
    asked = options.parse_args()
    print("command: python -m tests.chaos", *sys.argv[1:], f"(seed {asked.seed})")
    print(f"machine: {os.cpu_count()} cores, Python {platform.python_version()}")
    if not Path(FAKETIME).exists():
        print("left out: clocks that jump (Debian: faketime)")
    if os.geteuid() != 0:
        print("left out: a full disk (only root may mount a small one)")
    print(TITLE, flush=True)
    luck = Random(asked.seed)  # noqa: S311 - which kills, not which keys
    tallies = list(play_all(asked.kills, asked.only, luck))
    total = {
        name: sum(getattr(each, name) for each in tallies)
        for name in ("kills", "lost", "doubles", "bound", "errors")
    }
    waits = [each.recovery for each in tallies if each.recovery is not None]
    bad = [each.fault for each in tallies if not each.is_good]
    figures = {"rounds": len(tallies), **total, "longest_recovery": round(max(waits, default=0), 1)}
    print(json.dumps({**figures, "bad": bad}))
    sys.exit(bool(bad) or not tallies)


def play_all(kills: int, only: str, luck: Random) -> Iterator[Tally]:
    """Play every fault in both worlds, as often as so many kills need."""
    with tempfile.TemporaryDirectory() as folder, small_disk(Path(folder, "disk")) as disk:
        one = of_one(disk, fills=os.path.ismount(disk), clocks=Path(FAKETIME).exists())
        with postgresql() as database, valkey() as queue:
            many = of_many(Machines(database, queue))
            rounds = len([each for each in (*many, *one) if only in each])
            if not rounds:
                return
            cycles = max(1, -(-kills // (rounds * PER_ROUND)))
            each = -(-kills // (rounds * cycles))
            urls = create_database(database.url), queue.url
            yield from play_world(
                Path(folder, "many"), urls, MANY, luck, some(many, only) * cycles, each
            )
        urls = f"sqlite:///{disk / 'tocsin.db'}", "memory://"
        yield from play_world(Path(folder, "one"), urls, ONE, luck, some(one, only) * cycles, each)


def some(faults: Mapping[str, Fault], only: str) -> list[tuple[str, Fault]]:
    """Those faults whose name has *only* in it."""
    return [(name, fault) for name, fault in faults.items() if only in name]


def play_world(
    place: Path,
    urls: tuple[str, str],
    names: Sequence[str],
    luck: Random,
    faults: Sequence[tuple[str, Fault]],
    kills: int,
) -> Iterator[Tally]:
    """Play *faults* one after the other in one world, and print each as it ends."""
    if not faults:
        return
    place.mkdir()
    with a_world(place, urls, names, SIZE, luck) as world:
        for name, fault in faults:
            tally = Round(world, name, fault, kills).play()
            print(tally, flush=True)
            yield tally


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """Lend a file system that is soon full; an ordinary folder to who may not mount one."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)]
    mounted = os.geteuid() == 0 and not subprocess.run(mount, check=False).returncode  # noqa: S603
    try:
        yield place
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S603, S607


if __name__ == "__main__":
    main()
