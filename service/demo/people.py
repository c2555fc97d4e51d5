"""Invents subscribers: everywhere on the globe, each with wishes of their own."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import NamedTuple

from scheduling import zones
from service.mailbox.server import BUSY, REFUSED
from service.subscribers.models import ALL_CATEGORIES, Categories

SEED = 20261123  # the same people at each start
FRENCH = ("Europe/Paris", "Europe/Brussels", "Indian/Reunion", "America/Montreal", "Africa/Dakar")
DOMAINS = ("example.org", "example.com", "example.net")
QUIET = ((time(22), time(7)), (time(12), time(14)), (time(9), time(10)))


class Standing(StrEnum):
    """What else there is to know of a subscriber."""

    ACTIVE = "active"
    SUPPRESSED = "suppressed"
    PAUSED = "paused"
    LEFT = "left"


class Target(NamedTuple):
    """What one may subscribe to: `page mesange`, `list travaux`."""

    kind: str
    slug: str


@dataclass(frozen=True, slots=True)
class Wish:
    """One subscription: everything, or some components; every category, or some."""

    target: Target
    components: tuple[str, ...] = ()
    categories: int = ALL_CATEGORIES


@dataclass(frozen=True, slots=True)
class Person:
    """A sample subscriber."""

    email: str
    locale: str
    zone: str
    quiet: tuple[time, time] | None
    standing: Standing
    wishes: tuple[Wish, ...]


def invent(
    count: int, page: str, components: Sequence[str], lists: Sequence[str]
) -> Iterator[Person]:
    """Yield *count* people, as many in every zone there is; the same ones each time."""
    dice = random.Random(SEED)  # noqa: S311 - sample data
    names = sorted(zones.NAMES)
    dice.shuffle(names)
    for number in range(count):
        zone = names[number % len(names)]
        yield Person(
            email=f"person{number:05d}@{_domain(dice)}",
            locale="fr" if zone in FRENCH or _happens(dice, 40) else "en",
            zone=zone,
            quiet=dice.choice(QUIET) if _happens(dice, 10) else None,
            standing=_standing(dice),
            wishes=tuple(_wishes(dice, page, components, lists)),
        )


def _happens(dice: random.Random, percent: int) -> bool:
    return dice.randrange(100) < percent


def _domain(dice: random.Random) -> str:
    # Some mailboxes refuse and some are busy at first: a gate needs something to judge.
    (domain,) = dice.choices((REFUSED, BUSY, *DOMAINS), weights=(5, 10, 400, 300, 285))
    return domain


def _standing(dice: random.Random) -> Standing:
    (standing,) = dice.choices(list(Standing), weights=(96, 1, 1, 2))
    return standing


def _wishes(
    dice: random.Random, page: str, components: Sequence[str], lists: Sequence[str]
) -> Iterator[Wish]:
    (kind,) = dice.choices(("everything", "some", "maintenance", "lists"), weights=(70, 15, 8, 7))
    if kind == "some":
        yield Wish(Target("page", page), tuple(dice.sample(list(components), 4)))
    elif kind == "maintenance":
        yield Wish(Target("page", page), categories=int(Categories.MAINTENANCE))
    elif kind == "everything":
        yield Wish(Target("page", page))
    for each in lists:
        if kind == "lists" or _happens(dice, 30):
            yield Wish(Target("list", each))
