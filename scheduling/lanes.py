"""Receiving providers that take fewer messages in a minute than a plan would send them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scheduling.plan_fields import BadField
from scheduling.resting import shared


@dataclass(frozen=True, slots=True)
class Lane:
    """How many people are behind one provider, and the most it is sent in a minute."""

    name: str
    people: int
    per_minute: float

    def __post_init__(self) -> None:
        if not self.per_minute > 0:
            raise BadField("per_minute", "must be above 0")


def binding(lanes: Sequence[Lane], everybody: int, pace: float) -> tuple[Lane, ...]:
    """Return the lanes that hold their part of *everybody* up, at *pace* messages a minute."""
    return tuple(each for each in lanes if each.per_minute * everybody < pace * each.people)


def behind(lanes: Sequence[Lane], everybody: int, people: int) -> Iterator[tuple[Lane, int]]:
    """Yield how many of a sample of *people* are behind each lane."""
    rest = max(0, everybody - sum(each.people for each in lanes))
    shares = shared([*(each.people for each in lanes), rest], people)
    for each, count in zip(lanes, shares, strict=False):
        if count:
            yield each, count
