"""How long it takes to find out which of the world's time zones open together.

Run `python -m benchmarks.zones` from the checkout. All names of the zone data, a week ahead,
windows by day, each round in a process of its own.
"""

import argparse
import subprocess
import sys
from statistics import median

from benchmarks.figures import announce, at_most, tell
from scheduling import zones

ROUND = """
import time
import pytz
from datetime import UTC, datetime, timedelta
from scheduling import waves, zones
from scheduling.rules import Rule
begin = time.process_time()
rule = Rule.from_plan({"windows": [{"days": [0, 1, 2, 3, 4], "start": "09:00", "end": "20:00"}]})
now = datetime(2026, 11, 23, 9, tzinfo=UTC)
found = waves.classes(zones.NAMES, rule, now, timedelta(days=7))
first = time.process_time() - begin
begin = time.process_time()
waves.classes(zones.NAMES, rule, now, timedelta(days=7))
print(first, time.process_time() - begin, len(zones.NAMES), len(found))
"""


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    asked = options.parse_args()
    announce("benchmarks.zones", f"zone data {zones.DATA_VERSION}")
    cold, warm, names, classes = [], [], 0, 0
    for _ in range(asked.rounds):
        run = subprocess.run([sys.executable, "-c", ROUND], check=True, capture_output=True)
        first, again, counted, found = run.stdout.split()
        cold.append(float(first))
        warm.append(float(again))
        names, classes = int(counted), int(found)
    print(f"{names} names, {classes} classes: {median(cold):.3f} s, again {median(warm):.3f} s")
    tell(f"classes of {names} time zones", median(cold), "s of CPU", target=at_most(0.2))


if __name__ == "__main__":
    main()
