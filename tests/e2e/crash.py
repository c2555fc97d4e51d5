"""Processes killed with -9 while they send: at random, and at every point of a conversation.

`python -m tests.e2e.crash --kills 50` (`make crash KILLS=50`) plays one rollout for each way to
mark and each policy, on SQLite (one process) and PostgreSQL (two), and prints what it came to.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from random import Random
from signal import SIGKILL

from pydantic import SecretStr
from sqlalchemy import select, update
from sqlalchemy.engine import make_url

from service import assembly
from service.config import Settings
from service.deliveries.models import DeliveryState, LaneTwo, Slice
from service.deliveries.office import AT_ONCE
from service.deliveries.queries import accounts
from service.moderation import actions as moderation
from service.publications import actions as publications
from service.publications.plans import Gate, OnUnknown, Plan
from service.rollouts.models import Rollout, RolloutState
from service.rollouts.queries import states
from service.runtime import Runtime
from service.subscribers.audience import Audience
from tests.e2e.people import follow
from tests.e2e.sink import Phase, Sink
from tests.engine import a_draft
from tests.factories import a_page
from tests.processes import Service, a_clean_environment, free_port
from tests.services import create_database, postgresql

PATIENCE = 900.0  # seconds a broken story waits: a busy machine needs minutes for a good one
LEASE = 60.0  # seconds: however slow the machine, nobody alive loses what they hold
FIRST = list(Phase).index(Phase.DOT)  # where most is in doubt: few kills see it too
LANES = 2  # slices, and single messages: each process holds AT_ONCE of both
PROCESSES = {"sqlite": 1, "postgresql": 2}
PEOPLE = 2_500
EARLY = 0.6  # of them have their message at the last kill: the rest are sent in peace
RATE = 250.0  # messages a second the far side takes: time for everything that happens amid
BURIAL = 0.5  # seconds between looks for what the dead still hold
KEY = "k" * 32
PLAN = Plan(windows=(), growth={"kind": "percent", "steps": [100]}, gate=Gate(min_bake=0))
ENDS = (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)
TITLE = "database      m  policy  kills  lost  duplicates  bound  held  seconds"


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a rollout is sent while processes die."""

    mark_at_once: int
    policy: OnUnknown


@dataclass(frozen=True, slots=True)
class Tally:
    """What a rollout came to. Counts of people; *doubles* of messages beyond the first."""

    kills: int  # of processes
    lost: int  # said to have it without having it, or without an end
    doubles: int
    bound: int
    held: int  # uncertain, listed for a person
    seconds: float


SCHEMES = tuple(Scheme(m, policy) for m in (1, 10, 50) for policy in OnUnknown)


class Senders:
    """`tocsin serve` processes, started again where they are killed."""

    def __init__(self, count: int, folder: Path, environment: dict[str, str]) -> None:
        self.kills, self._folder, self._environment = 0, folder, environment
        self._running = [self._start() for _ in range(count)]

    def kill(self, some: Sequence[int] | None = None) -> None:
        """Kill some with -9; by default all at once."""
        for index in range(len(self._running)) if some is None else some:
            self._running[index].signal_all(SIGKILL)
            self._running[index].process.wait()
            self.kills += 1

    def __len__(self) -> int:
        return len(self._running)

    def has(self, process: int) -> bool:
        """Is a process one of those that run, or a child of theirs."""
        with suppress(ProcessLookupError):
            return os.getpgid(process) in {each.process.pid for each in self._running}
        return False

    def replace(self) -> None:
        """Start another one for each that is dead."""
        self._running = [
            each if each.process.poll() is None else self._start() for each in self._running
        ]

    def end(self) -> None:
        """Leave nobody behind."""
        for each in self._running:
            each.signal_all(SIGKILL)
            each.process.wait()

    def _start(self) -> Service:
        bind = {"TOCSIN_BIND": f"127.0.0.1:{free_port()}"}
        return Service(["serve"], {**self._environment, **bind}, log=self._folder / "serve.log")


@dataclass(slots=True)
class Story:
    """One rollout, its senders and their far side."""

    scheme: Scheme
    rt: Runtime
    rollout: int
    people: int
    senders: Senders
    sink: Sink

    def kill(self, number: int, luck: Random) -> None:
        """Every other time one at random; else all, at a point of a conversation, in turn."""
        if number % 2 == 0:
            self.senders.kill([luck.randrange(len(self.senders))])
        else:
            phase = list(Phase)[(FIRST + number // 2) % len(Phase)]
            self.sink.arm(phase, self.senders.kill)
            if phase in (Phase.CONNECTED, Phase.EHLO):  # only who starts begins a conversation
                self.senders.kill()
                self.senders.replace()
            self.wait_for(lambda: not self.sink.armed, f"nobody comes by {phase}")
        self.senders.replace()

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until *condition* holds; *what* is the complaint if it never does."""
        deadline, burial = time.monotonic() + PATIENCE, 0.0
        while not condition():
            assert time.monotonic() < deadline, what
            if time.monotonic() > burial:
                self.bury()
                burial = time.monotonic() + BURIAL
            time.sleep(0.005)

    def bury(self) -> None:
        """Let the leases of the killed run out at once, and nobody else's."""
        for held in (Slice, LaneTwo):
            with self.rt.work() as uow:
                owners = select(held.owner).where(held.owner.is_not(None)).distinct()
                dead = [
                    owner
                    for owner in uow.session.scalars(owners)
                    if owner and not self.senders.has(int(owner.partition("-")[0]))
                ]
                ended = update(held).where(held.owner.in_(dead)).values(lease_until=0.0)
                uow.session.execute(ended)

    def is_over(self) -> bool:
        """Nothing more is to be sent."""
        with self.rt.read() as session:
            return session.get_one(Rollout, self.rollout).state is RolloutState.COMPLETED

    def tally(self, seconds: float) -> Tally:
        """Count what the database says, and what arrived."""
        with self.rt.read() as session:
            counted = accounts.recount(session, self.rollout)
        accepted, held = (counted.get(state, 0) for state in ENDS)
        reached, kills = len(self.sink.recipients), self.senders.kills
        return Tally(
            kills,
            lost=self.people - accepted - held + max(0, accepted - reached),
            doubles=self.sink.doubles,
            bound=0 if self.scheme.policy is OnUnknown.HOLD else in_doubt(self.scheme, kills),
            held=held,
            seconds=seconds,
        )


def in_doubt(scheme: Scheme, kills: int) -> int:
    """The most messages of whose fate nobody is sure after so many processes were killed."""
    return kills * LANES * AT_ONCE * scheme.mark_at_once


def play(
    url: str, folder: Path, scheme: Scheme, kills: int, luck: Random, people: int = PEOPLE
) -> Tally:
    """Send one rollout to *people* on the database at *url* while senders die, *kills* times."""
    with a_story(url, folder, scheme, people) as story:
        begun = time.monotonic()
        for number in range(kills):
            goal = int(people * EARLY * (number + luck.random()) / kills)
            story.wait_for(partial(has_reached, story.sink, goal), "nothing is sent")
            story.kill(number, luck)
        story.wait_for(story.is_over, "it does not end")
        return story.tally(time.monotonic() - begun)


@contextmanager
def a_story(url: str, folder: Path, scheme: Scheme, people: int) -> Iterator[Story]:
    """Approve a message to everybody, and start the senders."""
    settings = Settings(
        database_url=url, data_dir=folder, secret_key=SecretStr(KEY), channels=("email",)
    )
    assembly.upgrade_database(settings)
    with ExitStack() as stack:
        parts = assembly.assemble(settings)
        stack.callback(parts.close)
        rollout = approve(parts.runtime, scheme.policy, people)
        sink = Sink(RATE)
        stack.callback(sink.close)
        environment = settings_of(url, folder, scheme, sink)
        senders = Senders(PROCESSES[make_url(url).get_backend_name()], folder, environment)
        stack.callback(senders.end)
        yield Story(scheme, parts.runtime, rollout, people, senders, sink)


def approve(rt: Runtime, policy: OnUnknown, people: int) -> int:
    """Have a message to so many *people* held and approved; return its rollout's id."""
    plan = PLAN.model_copy(update={"on_unknown": policy})
    with rt.work("staff:1") as uow:
        page = a_page(uow)
        follow(uow, page.id, range(1, people + 1))
        audience = Audience(pages=(page.id,), category="announcement")
        held = publications.hold(uow, a_draft(audience, plan, uow.now))
        public_id, seen, key = held.public_id, held.hash, held.id
    with rt.work("staff:2") as uow:
        moderation.approve(uow, public_id, seen, "")
    with rt.read() as session:
        rollout = states.of_publication(session, key)
        assert rollout is not None
        return rollout.id


def settings_of(url: str, folder: Path, scheme: Scheme, sink: Sink) -> dict[str, str]:
    """The environment of a sender."""
    return {
        **a_clean_environment(folder),
        "TOCSIN_DATABASE_URL": url,
        "TOCSIN_SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
        "TOCSIN_CHANNELS": "email",
        "TOCSIN_SECRET_KEY": KEY,
        "TOCSIN_PUBLIC_URL": "https://notify.example.org",
        "TOCSIN_MARK_AT_ONCE": str(scheme.mark_at_once),
        "TOCSIN_LEASE_SECONDS": str(LEASE),
        "TOCSIN_UNKNOWN_AFTER": "1",
        "TOCSIN_POLL_SECONDS": "0.3",
    }


def has_reached(sink: Sink, goal: int) -> bool:
    """So many people have their message."""
    return len(sink.recipients) >= goal


def main() -> None:
    """Play every scheme on both databases, and print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=50, help="processes killed, at least")
    options.add_argument("--seed", type=int, default=int(time.time()))
    asked = options.parse_args()
    print("command: python -m tests.e2e.crash", *sys.argv[1:], f"(seed {asked.seed})")
    print(f"machine: {os.cpu_count()} cores, Python {platform.python_version()}")
    luck = Random(asked.seed)  # noqa: S311 - which kills, not which keys
    tallies = list(play_all(-(-asked.kills // (2 * len(SCHEMES))), luck))
    total = {
        name: sum(getattr(tally, name) for _, _, tally in tallies)
        for name in ("kills", "lost", "doubles", "bound", "held")
    }
    print(json.dumps({"duplicates" if key == "doubles" else key: n for key, n in total.items()}))
    if total["lost"] or any(tally.doubles > tally.bound for _, _, tally in tallies):
        sys.exit(1)


def play_all(kills: int, luck: Random) -> Iterator[tuple[str, Scheme, Tally]]:
    """Play every scheme with at least so many kills, and print each as it ends."""
    print(TITLE)
    with postgresql() as server, tempfile.TemporaryDirectory() as place:
        for number, (name, scheme) in enumerate(product(PROCESSES, SCHEMES)):
            folder = Path(place, str(number))
            folder.mkdir()
            files = f"sqlite:///{folder / 'tocsin.db'}"
            url = files if name == "sqlite" else create_database(server.url)
            tally = play(url, folder, scheme, kills, luck)
            print(line(name, scheme, tally), flush=True)
            yield name, scheme, tally


def line(name: str, scheme: Scheme, tally: Tally) -> str:
    """A row of the table."""
    return (
        f"{name:11}{scheme.mark_at_once:4}  {scheme.policy:7}{tally.kills:6}{tally.lost:6}"
        f"{tally.doubles:12}{tally.bound:7}{tally.held:6}{tally.seconds:9.1f}"
    )


if __name__ == "__main__":
    main()
