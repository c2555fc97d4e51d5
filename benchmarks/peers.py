"""The whole path of a mail here, beside other programs that queue and send: one sink, one run.

Run `make bench-peers`. The others are GNU Mailman 3, django-mailer, django-post-office, installed
from `requirements/peers.txt` into an environment of their own (Mailman on Python below 3.13 only),
and Postfix as a fan-out (one text to all, less than what the others do). Each sends mails of
its own queue to the same sink in turn, round after round; ours are personal, consented, marked and
recorded, on SQLite as the others' queues are.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import peer_postfix
from benchmarks.audiences import databases
from benchmarks.figures import announce, at_least, tell
from benchmarks.sinks import kind, sink
from benchmarks.whole_path import Subject, subject

PYTHON = Path(__file__).parents[1] / ".peers" / "bin" / "python"
TARGETS = {
    "GNU Mailman 3, personalised": 100,
    "django-mailer": 40,
    "django-post-office": 10,
    "Postfix, fan-out": 4,
}
SLOWER = 4  # Mailman gets so many times fewer mails: at some seventy a second
TEXT = b"Subject: Sign-in is slow\r\nFrom: status@notify.example.org\r\n\r\n" + b"We see it. " * 450


def queue(script: str, *product: str, port: int, count: int) -> float:
    """Send *count* mails by the queue that *script* runs; return mails a second."""
    path = str(Path(__file__).with_name(script))
    with TemporaryDirectory() as folder:
        command = [str(PYTHON), path, *product, folder, str(port), str(count)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return count / float(done.stdout.split()[-1])


def postfix(port: int, config: Path, count: int) -> float:
    """Let Postfix fan one message out; return mails a second."""
    return count / peer_postfix.seconds(port, config, TEXT, count)


def ours(here: Subject, people: int) -> float:
    """Send a rollout to everybody; return mails a second."""
    here.round(people)
    return here.rates[-1]


def contenders(stack: ExitStack, port: int, mails: int) -> Mapping[str, Callable[[], float]]:
    """Who is here to be measured."""
    found: dict[str, Callable[[], float]] = {}
    if PYTHON.exists():
        if (PYTHON.parent / "mailman").exists():
            mailman = partial(queue, "peer_mailman.py", port=port, count=max(mails // SLOWER, 1))
            found["GNU Mailman 3, personalised"] = mailman
        for product in ("django-mailer", "django-post-office"):
            found[product] = partial(queue, "peer_django.py", product, port=port, count=mails)
    else:
        print("without Mailman and the Django queues: run make bench-peers")
    if shutil.which("postfix") and os.geteuid() == 0:
        place = stack.enter_context(peer_postfix.fanning_out(port))
        found["Postfix, fan-out"] = partial(postfix, *place, mails)
    else:
        print("without Postfix: it needs to be installed, and root")
    return found


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=10_000, help="for us")
    options.add_argument("--mails", type=int, default=2_000, help="for each of the others")
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    announce("benchmarks.peers", kind())
    with ExitStack() as stack:
        port = stack.enter_context(sink())
        url = stack.enter_context(databases(""))["sqlite"]
        here = stack.enter_context(subject("sqlite", url, port, asked.people))
        others = contenders(stack, port, asked.mails)
        if not others:
            sys.exit("nobody to compare with")
        rates: dict[str, list[float]] = {name: [] for name in others}
        for number in range(asked.rounds):
            mine = ours(here, asked.people)
            for name, measure in others.items():
                rates[name].append(measure())
            listed = ", ".join(f"{name} {found[-1]:.0f}" for name, found in rates.items())
            print(f"round {number + 1}: ours {mine:.0f}/s, {listed}", flush=True)
    best = median(here.rates)
    for name, found in rates.items():
        tell(f"mail end to end beside {name}", best, "messages/s",
             ratio=best / median(found), target=at_least(TARGETS[name]))  # fmt: skip


if __name__ == "__main__":
    main()
