"""How long it takes until `tocsin serve` answers, and until `tocsin --help` has said its piece.

Run `python -m benchmarks.starting` from the checkout. A fresh folder each time with its database
made beforehand: what is measured is a restart. It is
asked for its first page until it answers.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.figures import announce, at_most, tell
from tests.processes import a_clean_environment, serving

COMMAND = (sys.executable, "-m", "service")


def started() -> float:
    """Seconds until a service of one process answers."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        environment = a_clean_environment(folder)
        subprocess.run(
            [*COMMAND, "db", "upgrade"], env=environment, check=True, capture_output=True
        )
        begin = time.perf_counter()
        with serving(folder):
            return time.perf_counter() - begin


def helping() -> float:
    """Seconds that the command needs to tell how it is used."""
    begin = time.perf_counter()
    subprocess.run([*COMMAND, "--help"], check=True, capture_output=True)
    return time.perf_counter() - begin


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    announce("benchmarks.starting")
    serves, helps = [], []
    for _ in range(asked.rounds):
        serves.append(started())
        helps.append(helping())
        print(f"serve {serves[-1]:.2f} s, --help {helps[-1]:.2f} s", flush=True)
    tell("start of tocsin serve", median(serves), "s", target=at_most(2))
    tell("start of tocsin --help", median(helps), "s", target=at_most(0.5))


if __name__ == "__main__":
    main()
