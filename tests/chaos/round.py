"""One rollout, one fault, some kills: what it came to."""

import time
from dataclasses import dataclass
from typing import Any

from tests.chaos.faults import Fault
from tests.chaos.world import Reader, World

BEFORE = 0.15  # of the people are told before anything happens
TITLE = (
    f"{'fault':32}{'kills':>6}{'lost':>6}{'twice':>7}{'bound':>7}{'refused':>9}{'resumed':>9}"
    f"{'recovery':>10}{'page away':>11}{'errors':>8}{'seconds':>9}"
)
ENDS = ("accepted", "rejected", "unknown", "skipped", "cancelled")


@dataclass(frozen=True, slots=True)
class Tally:
    """What a round came to; *lost* and *doubles* count people told or not told."""

    fault: str
    kills: int
    lost: int
    doubles: int
    bound: int
    refused: int  # by the far side, for good
    resumed: int  # times that staff let it go on after its gate had stopped it
    recovery: float | None  # seconds from the end of the fault to the next message taken
    away: float  # seconds, the longest that the page did not answer
    errors: int  # answers of 500 and more
    seconds: float
    reached: int  # people whose message the far sides took
    rollout: dict[str, Any]  # what the service says of it
    broken: str  # what did not come about; "" where all did

    @property
    def is_good(self) -> bool:
        """Nothing happened that must not."""
        return not (self.broken or self.lost or self.errors) and self.doubles <= self.bound

    def __str__(self) -> str:
        recovery = "-" if self.recovery is None else f"{self.recovery:.1f}"
        line = (
            f"{self.fault:32}{self.kills:6}{self.lost:6}{self.doubles:7}{self.bound:7}"
            f"{self.refused:9}{self.resumed:9}{recovery:>10}{self.away:11.1f}{self.errors:8}"
            f"{self.seconds:9.1f}"
        )
        if self.is_good:
            return line
        return f"{line}\n  {self.broken or 'ended'}: reached {self.reached}, {self.rollout}"


class Round:
    """Everybody is told once, and amid that something happens."""

    def __init__(self, world: World, name: str, fault: Fault, kills: int) -> None:
        self._world, self._name, self._fault, self._kills = world, name, fault, kills
        self._publication, self._broken = "", ""
        self._resumed = 0
        self._recovery: float | None = None

    def play(self) -> Tally:
        """Tell everybody; let the fault happen, and kill processes before and during it."""
        world = self._world
        taken, doubles, bound, killed = world.taken, world.doubles, world.bound, world.kills
        begun = time.monotonic()
        with Reader(world) as reader:
            try:
                self._tell()
            except AssertionError as failure:  # a wait that lasted too long: the next round goes on
                self._broken = str(failure)
        told = world.rollout(self._publication)
        return Tally(
            self._name,
            world.kills - killed,
            lost=lost(told["deliveries"], world.taken - taken),
            doubles=world.doubles - doubles,
            bound=world.bound - bound,
            refused=told["deliveries"].get("rejected", 0),
            resumed=self._resumed,
            recovery=self._recovery,
            away=reader.silent,
            errors=reader.errors,
            seconds=time.monotonic() - begun,
            reached=world.taken - taken,
            rollout=told,
            broken=self._broken,
        )

    def _tell(self) -> None:
        world = self._world
        goal = world.taken + world.people * BEFORE
        self._publication = world.announce()
        world.wait(lambda: world.taken >= goal, "nothing is sent")
        for _ in range(self._kills - self._kills // 2):
            strike(world)
        with self._fault(world):
            for _ in range(self._kills // 2):
                strike(world)
        self._recovery = self._recover()
        world.wait(self._ends, f"it does not end after: {self._name}")

    def _recover(self) -> float | None:
        """Seconds until the next message is taken; none if all were told before."""
        world = self._world
        healed, before = time.monotonic(), world.taken
        world.wait(lambda: world.taken > before or self._ends(), "nothing is sent any more")
        return time.monotonic() - healed if world.taken > before else None

    def _ends(self) -> bool:
        """Is everybody accounted for; what its gate stopped goes on, as staff would let it."""
        told = self._world.rollout(self._publication)
        if told["state"] == "paused" and self._world.resume(told["id"]):
            self._resumed += 1
        return bool(told["state"] == "completed")


def strike(world: World) -> None:
    """Kill somebody at some moment."""
    time.sleep(world.luck.random())
    world.revive()
    world.kill()


def lost(counts: dict[str, int], reached: int) -> int:
    """How many have no end, or are said to be told without it."""
    ended = sum(counts.get(end, 0) for end in ENDS)
    return counts.get("total", 0) - ended + max(0, counts.get("accepted", 0) - reached)
