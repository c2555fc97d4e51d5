"""The world in a line: one column an hour from UTC, how far the open stage has got in each."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scheduling import zones

WEST, EAST = -12, 14
LEVELS = "·▂▄▆█"
DAY = range(9, 20)  # the default plan's window
#: Waves whose people are counted in another wave, or nowhere.
ELSEWHERE = ("carried", "cancelled")


@dataclass(frozen=True, slots=True)
class Column:
    """The zones of one offset, in hours."""

    offset: int
    level: str  # " " where the stage has nobody
    is_day: bool


def columns(rollout: Mapping[str, Any], now: datetime) -> Iterator[Column]:
    """Yield the world from west to east, as the stage that is open sees it."""
    people: dict[int, float] = defaultdict(float)
    told: dict[int, float] = defaultdict(float)
    for wave in _waves(rollout):
        share = wave["size"] / len(wave["zones"])
        for zone in wave["zones"]:
            offset = round(zones.offset(zone, now) / timedelta(hours=1))
            people[offset] += share
            told[offset] += share * (wave["state"] == "drained")
    for offset in range(WEST, EAST + 1):
        local = (now + timedelta(hours=offset)).hour
        yield Column(offset, _level(told[offset], people[offset]), local in DAY)


def _waves(rollout: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    opened = [stage for stage in rollout["stages"] if stage["opened_at"]]
    for wave in opened[-1]["waves"] if opened else ():
        if wave["state"] not in ELSEWHERE and wave["zones"]:
            yield wave


def _level(told: float, people: float) -> str:
    return LEVELS[int((len(LEVELS) - 1) * told / people)] if people else " "
