"""How long `tocsin subscribers import` takes for a file of subscribers with their evidence.

Run `python -m benchmarks.importing [--lines 100000]` from the checkout: prints the command, the
machine and the figure. On SQLite, in a folder that goes with it.
"""

import argparse
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import announce, at_most, tell
from channels.registry import Registry
from service.access import keys
from service.config import Settings
from service.db import migrate
from service.db.engine import open_database
from service.runtime import Runtime
from service.signup.importing.taking import Job, take
from tests.factories import a_list, a_page
from tests.fakes import Queue

ZONES = ("Europe/Paris", "America/Toronto", "Asia/Tokyo", "Pacific/Auckland", "Africa/Dakar")


def write(path: Path, lines: int) -> None:
    """Write a file of invented subscribers, each to a page and a list."""
    with path.open("w", encoding="utf-8") as file:
        file.write(
            "address,subscriptions,language,timezone,region,client,consent_at,consent_text\n"
        )
        for n in range(lines):
            zone = ZONES[n % len(ZONES)]
            file.write(
                f"person{n}@example{n % 500}.org,page:mail list:travaux,fr,{zone},r{n % 9},"
                f"c{n % 90},2025-05-01T10:00:00Z,I want to be told\n"
            )


def measure(lines: int) -> dict[str, float]:
    """Import a fresh file twice; return the seconds of each."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        write(path, lines)
        keys.use(b"k" * 32)
        settings = Settings(data_dir=Path(folder))
        with closing(open_database(settings.database_url)) as database:
            migrate.upgrade(database.engine)
            rt = Runtime(settings, database, Registry({}, {}, {}), Queue())
            with rt.work() as uow:
                a_list(uow, page_id=a_page(uow).id)
            seconds = {}
            for name in ("first", "again"):
                begin = time.perf_counter()
                tally = take(rt, Job(path, Path(folder) / "report.csv", is_dry=False), print_none)
                seconds[name] = round(time.perf_counter() - begin, 1)
                print(f"{name}: {tally.added} added, {tally.kept} kept, {tally.wrong} wrong")
            return seconds


def print_none(_done: int) -> None:
    """Show no progress."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000)
    asked = parser.parse_args()
    announce("benchmarks.importing")
    for name, seconds in measure(asked.lines).items():
        tell(f"importing {asked.lines:,} lines, {name}", seconds, "s", target=at_most(60))


if __name__ == "__main__":
    main()
