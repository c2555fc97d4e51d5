"""The quick benchmarks in turn, and the table of their figures in the README.

Run `make bench`, or `python -m benchmarks` from the checkout: some ten minutes. Each program runs
alone and tells its own command; longer ones and larger sizes are in docs/benchmarks.md.
"""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"
PROGRAMS: Sequence[tuple[str, ...]] = (
    ("zones",),
    ("starting",),
    ("smtp_transport",),
    ("signing",),
    ("whole_path", "--people", "10000", "--rounds", "5"),
    (
        "whole_path",
        "--people",
        "10000",
        "--rounds",
        "5",
        "--only",
        "postgresql",
        "--at-once",
        "500",
    ),
    ("ledger",),
    ("lane_two",),
    ("planning", "--people", "100000", "--rounds", "3"),
    ("stopping", "--people", "300000"),
    ("importing", "--lines", "100000"),
    ("webhook_posts",),
    ("webhook_isolation",),
    ("page_server",),
)


@dataclass(slots=True)
class Told:
    """What the programs came to."""

    figures: list[dict[str, Any]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def run(program: Sequence[str]) -> Iterator[str]:
    """Run a program, pass its words on, and yield its lines; raises `ChildProcessError`."""
    command = [sys.executable, "-u", "-m", f"benchmarks.{program[0]}", *program[1:]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            yield line
    if process.returncode:
        raise ChildProcessError(f"{program[0]} ended with {process.returncode}")


def run_all() -> Told:
    """Run everything; a program that fails does not keep the others from running."""
    told = Told()
    for number, program in enumerate(PROGRAMS, start=1):
        print(f"\n── {number} of {len(PROGRAMS)}: {' '.join(program)}", flush=True)
        begun = time.monotonic()
        try:
            told.figures += [
                json.loads(line) for line in run(program) if line.startswith('{"figure"')
            ]
        except ChildProcessError as failure:
            told.failed.append(str(failure))
        print(f"   {time.monotonic() - begun:.0f} s", flush=True)
    return told


def table(figures: Sequence[dict[str, Any]], heading: str) -> str:
    """The figures for people to read."""
    rows = [
        heading,
        "",
        "| Figure | Median | Of the yardstick | Target | |",
        "|---|---|---|---|---|",
    ]
    for each in figures:
        ratio = "–" if each["ratio"] is None else f"{each['ratio']:g}"
        met = {True: "met", False: "**not met**", None: ""}[each["met"]]
        value = f"{each['value']:,g} {each['unit']}"
        rows.append(f"| {each['figure']} | {value} | {ratio} | {each['target'] or '–'} | {met} |")
    return "\n".join(rows)


def quote(text: str) -> None:
    """Put *text* into the README, between its marks."""
    before, _, rest = README.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", "utf-8")


def main() -> None:
    """Run, write, and fail if a program did."""
    begun, load = time.monotonic(), os.getloadavg()[0]
    told = run_all()
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    quote(table(told.figures, f"`make bench` on {day}: {machine}, load {load:.1f} at the start."))
    print(
        f"\n{len(told.figures)} figures in {time.monotonic() - begun:.0f} s, now in {README.name}"
    )
    if told.failed:
        sys.exit("; ".join(told.failed))


if __name__ == "__main__":
    main()
