"""One rollout, one fault, some kills: what it came to."""

import time
from dataclasses import dataclass
from functools import partial

from tests.chaos.faults import Fault
from tests.chaos.world import Reader, World

BEFORE = 0.15  # of the people are told before anything happens
TITLE = (
    f"{'fault':32}{'kills':>6}{'lost':>6}{'twice':>7}{'bound':>7}{'refused':>9}"
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
    recovery: float | None  # seconds from the end of the fault to the next message taken
    away: float  # seconds, the longest that the page did not answer
    errors: int  # answers of 500 and more
    seconds: float
    reached: int  # people whose message the far sides took
    counts: dict[str, int]  # what the service says of them

    @property
    def is_good(self) -> bool:
        """Nothing happened that must not."""
        return not self.lost and self.doubles <= self.bound and not self.errors

    def __str__(self) -> str:
        recovery = "-" if self.recovery is None else f"{self.recovery:.1f}"
        line = (
            f"{self.fault:32}{self.kills:6}{self.lost:6}{self.doubles:7}{self.bound:7}"
            f"{self.refused:9}{recovery:>10}{self.away:11.1f}{self.errors:8}{self.seconds:9.1f}"
        )
        return line if self.is_good else f"{line}\n  reached {self.reached}: {self.counts}"


def play(world: World, name: str, fault: Fault, kills: int) -> Tally:
    """Tell everybody once; amid that let *fault* happen, and kill so many processes around it."""
    taken, doubles, bound = world.taken, world.doubles, world.bound
    begun, killed = time.monotonic(), world.kills
    publication = world.announce()
    goal = taken + world.people * BEFORE
    with Reader(world) as reader:
        world.wait(lambda: world.taken >= goal, "nothing is sent")
        for _ in range(kills - kills // 2):
            strike(world)
        with fault(world):
            for _ in range(kills // 2):
                strike(world)
        recovery = recover(world, publication)
        world.wait(partial(is_over, world, publication), f"it does not end after: {name}")
    counts = world.rollout(publication)["deliveries"]
    return Tally(
        name,
        world.kills - killed,
        lost=lost(counts, world.taken - taken),
        doubles=world.doubles - doubles,
        bound=world.bound - bound,
        refused=counts["rejected"],
        recovery=recovery,
        away=reader.silent,
        errors=reader.errors,
        seconds=time.monotonic() - begun,
        reached=world.taken - taken,
        counts=counts,
    )


def strike(world: World) -> None:
    """Kill somebody at some moment."""
    time.sleep(world.luck.random())
    world.revive()
    world.kill()


def recover(world: World, publication: str) -> float | None:
    """Seconds until the next message is taken; none if all were told before."""
    healed, before = time.monotonic(), world.taken
    world.wait(
        lambda: world.taken > before or is_over(world, publication), "nothing is sent any more"
    )
    return time.monotonic() - healed if world.taken > before else None


def is_over(world: World, publication: str) -> bool:
    """Is everybody accounted for."""
    return bool(world.rollout(publication)["state"] == "completed")


def lost(counts: dict[str, int], reached: int) -> int:
    """How many have no end, or are said to be told without it."""
    return counts["total"] - sum(counts[end] for end in ENDS) + max(0, counts["accepted"] - reached)
