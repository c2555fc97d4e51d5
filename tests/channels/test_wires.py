"""channels.wires"""

import math
import selectors
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from channels.exchange import Failure, Job, Kind, Phase, Reply, Request, Turns
from channels.guard import Guard, Target
from channels.outbound import Door
from channels.wires import BUNDLES, Wires

SIZE = 2
TIMED_OUT = Failure(Kind.TIMEOUT, "resolving", Phase.BEFORE_REQUEST)


@dataclass
class Bench:
    """A bundle without a network: a host named `hang` takes a second tick and clogs it."""

    selector: selectors.BaseSelector
    hosts: set[str] = field(default_factory=set)
    clogged: bool = False
    due: float = 0.0
    held: list[Job] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    ticks: int = 0
    state: str = "open"

    def busy(self) -> bool:
        return bool(self.held)

    def full(self) -> bool:
        return len(self.held) >= SIZE

    def begin(self, job: Job, left: float) -> None:
        assert not self.clogged
        if job.target.host == "crash":
            raise RuntimeError("out of memory")
        self.hosts.add(job.target.host)
        self.held.append(job)
        self.begun.append(job.target.host)

    def act(self, fd: int, events: int) -> None:
        raise AssertionError("there is nothing to act on")

    def tick(self) -> None:
        self.ticks += 1

    def ended(self) -> list[tuple[Job, Reply | Failure]]:
        late = [job for job in self.held if job.target.host == "late" and self.ticks < 3]
        over = [job for job in self.held if job not in late]
        self.held = late
        self.clogged = self.clogged or any(job.target.host == "hang" for job in over)
        return [(job, TIMED_OUT) for job in over]

    def drop_all(self) -> None:
        self.held.clear()

    def unwatch(self) -> None:
        self.state = "resting"

    def close(self) -> None:
        self.state = "closed"


class TestWires:
    def test_a_clogged_bundle_begins_nothing_more_and_ends_what_it_has(self):
        wires, bundles = opened()
        assert told(wires, ["hang", "late", "a", "b", "c"]) == ["a", "b", "c", "hang", "late"]
        first, *others = bundles
        assert first.begun == ["hang", "late"]
        assert sorted(host for each in others for host in each.begun) == ["a", "b", "c"]

    def test_clogged_bundles_are_given_up_between_calls(self):
        wires, bundles = opened()
        told(wires, ["hang"])
        assert wires.clogged() == [bundles[0]]
        assert bundles[0].state == "resting"
        assert wires.clogged() == []
        told(wires, ["a"])
        assert [each.begun for each in bundles] == [["hang"], ["a"]]
        wires.close()
        assert [each.state for each in bundles] == ["resting", "closed"]

    def test_a_host_goes_back_to_where_its_connection_is(self):
        wires, bundles = opened()
        told(wires, ["a", "b", "c"])
        told(wires, ["c", "a"])
        assert [each.begun for each in bundles[:2]] == [["a", "b", "a"], ["c", "c"]]

    def test_there_is_an_end_to_bundles(self):
        wires, bundles = opened()
        assert len(told(wires, [f"h{each}" for each in range(50)])) == 50
        assert len(bundles) == BUNDLES

    def test_wires_that_break_say_so_and_hold_nothing(self):
        wires, bundles = opened()
        with pytest.raises(RuntimeError):
            told(wires, ["late", "crash"])
        assert wires.broken
        assert not bundles[0].held


class TestDoor:
    def test_a_clogged_bundle_rests_before_it_is_closed(self):
        door = Door(Guard())
        wires, bundles = opened()
        told(wires, ["hang"])
        door._give(wires)
        assert bundles[0].state == "resting"
        door._wake(until=time.monotonic() + 1)
        assert bundles[0].state == "resting"
        door._wake(until=math.inf)
        assert bundles[0].state == "closed"
        door.close()


def opened() -> tuple[Wires, list[Bench]]:
    bundles: list[Bench] = []

    def another(selector: selectors.BaseSelector) -> Bench:
        bundles.append(Bench(selector))
        return bundles[-1]

    return Wires(another), bundles


def told(wires: Wires, hosts: Iterable[str]) -> list[str]:
    turns = Turns(per_host=8)
    for host in hosts:
        url = f"https://{host}/"
        turns.add(Job(Request(url, b"", {}, tag=host), Target(url, "https", host, 443), []))
    return sorted(request.tag for request, _ in wires.run(turns, time.monotonic() + 5))
